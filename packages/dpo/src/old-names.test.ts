import { expect, it } from "vitest";
import { dpoConfigSchema, parseDpoConfig } from "./config.ts";
import { oldFields, oldNameWarnings } from "./old-names.ts";

it("takes older TRL's rpo_alpha for the mix that it was", () => {
  const config = parseDpoConfig({ loss_type: "sigmoid", rpo_alpha: 0.3 });
  expect(config).toMatchObject({ loss_type: ["sigmoid", "sft"], loss_weights: [1, 0.3], beta: 0.1 });
  expect(() => parseDpoConfig({ loss_type: ["sigmoid", "sft"], rpo_alpha: 0.3 })).toThrow(
    /rpo_alpha — expected none beside a mix/,
  );
});

it("says what becomes of every old name, and leaves no trace of them in the settings", () => {
  const old = { rpo_alpha: 0.3, max_prompt_length: 512, label_pad_token_id: -100, padding_value: null };
  expect(oldNameWarnings(dpoConfigSchema.parse(old))).toEqual([
    "rpo_alpha — taken as a mix with sft: loss_type: [LOSS, sft], loss_weights: [1, rpo_alpha]",
    "max_prompt_length — ignored: max_length bounds prompt and answer together",
    "label_pad_token_id — ignored: masks are kept apart from the tokens",
  ]);
  expect(parseDpoConfig({ max_prompt_length: 512, bf16: true })).toEqual(parseDpoConfig({}));
  expect(Object.keys(parseDpoConfig(old)).filter((name) => name in oldFields)).toEqual([]);
});

it("refuses what it cannot leave out without training something else", () => {
  expect(() => parseDpoConfig({ reference_free: true })).toThrow(
    /reference_free — expected false: .*"simpo" or "orpo"/,
  );
  expect(() => parseDpoConfig({ sync_ref_model: true })).toThrow(/sync_ref_model — expected false: .*frozen base/);
});
