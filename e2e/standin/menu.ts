export class MenuItem {
  [key: string]: any;
  constructor(options: any) {
    Object.assign(this, options);
    if (Array.isArray(options.submenu)) this['submenu'] = Menu.buildFromTemplate(options.submenu);
  }
}
export class Menu {
  items: MenuItem[] = [];
  static #application: Menu | null = null;
  static buildFromTemplate(template: any[]) {
    const menu = new Menu();
    menu.items = template.map((item) => new MenuItem(item));
    return menu;
  }
  static setApplicationMenu(menu: Menu | null) {
    Menu.#application = menu;
  }
  static getApplicationMenu() {
    return Menu.#application;
  }
  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      if (item['id'] === id) return item;
      const found = item['submenu']?.getMenuItemById(id);
      if (found) return found;
    }
    return null;
  }
}
