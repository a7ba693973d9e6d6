import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

interface Question {
  title: string;
  text: string;
  /** verbs: what the buttons do */
  yes: string;
  no: string;
  danger: boolean;
}

/** One question at a time, asked only where something stops or is lost. */
export const useConfirm = defineStore('confirm', () => {
  const question = shallowRef<Question>();
  let settle: ((answer: boolean) => void) | undefined;

  function ask(asked: Question): Promise<boolean> {
    answer(false);
    question.value = asked;
    return new Promise((resolve) => (settle = resolve));
  }
  function answer(yes: boolean): void {
    question.value = undefined;
    settle?.(yes);
    settle = undefined;
  }
  return { question, ask, answer };
});
