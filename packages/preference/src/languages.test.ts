import { describe, expect, it } from "vitest";
import { differInLanguage } from "./languages.ts";

const english = "The capital of France is Paris, which lies on the banks of the river Seine.";
const german = "Die Hauptstadt von Frankreich ist Paris, das an den Ufern der Seine liegt.";
const chinese = "法国的首都是巴黎，位于塞纳河畔。";
const russian = "Столица Франции — Париж, расположенный на берегах Сены.";
const spanish = "La capital de Francia es París, que está a orillas del río Sena.";
const japanese = "フランスの首都はパリで、セーヌ川のほとりにあります。";

describe("differInLanguage", () => {
  it.each([
    [english, german],
    [english, chinese],
    [chinese, japanese],
    [russian, english],
    [german, spanish],
  ])("tells %s from %s", (a, b) => {
    expect(differInLanguage(a, b)).toBe(true);
    expect(differInLanguage(b, a)).toBe(true);
  });

  it.each([
    [
      "one language twice",
      english,
      "It would be best to sort the list of numbers first and then to look for the smallest.",
    ],
    ["a word of another script", english, `${english} In Chinese it is called 巴黎.`],
    ["short answers", "Paris.", "巴黎"],
    ["numbers", "x = 3, y = 4, so x + y = 7", chinese],
    ["code", `${english}\n\`\`\`py\nfür = die_größte(liste)\nrückgabe = für.zähle_alle_wörter(liste)\n\`\`\``, english],
    ["nothing", "", english],
  ])("is not misled by %s", (_, a, b) => {
    expect(differInLanguage(a, b)).toBe(false);
    expect(differInLanguage(b, a)).toBe(false);
  });
});
