/**
 * electron-builder leaves `.cc` out of packages, and with it the sources of TensorFlow's binding, which its installation
 * compiles. True takes a file in all the same.
 *
 * @param {string} file
 */
export const onNodeModuleFile = (file) => /tfjs-node-gpu[/\\]binding[/\\]\w+\.cc$/.test(file);
