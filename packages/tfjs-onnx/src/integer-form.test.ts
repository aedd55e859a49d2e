import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { assertExactProducts, exactForm, integerForm } from "./integer-form.ts";
import { createSession } from "./session.ts";
import { trace } from "./trace/trace.ts";

describe("the form of 8-bit integers", () => {
  it("is int8 for what a processor with VNNI gives, 64 × 255 × 127", () => {
    expect(exactForm(Int32Array.of(2_072_640, 2_072_640))).toBe("int8");
  });

  it("is uint8 where pairs were added in 16 bits, 32 × 32,767", () => {
    expect(exactForm(Int32Array.of(2_072_640, 32 * 32_767))).toBe("uint8");
  });

  it("is asked of this processor, and one however often", async () => {
    const forms = await Promise.all([integerForm(createSession), integerForm(createSession)]);
    expect(["int8", "uint8"]).toContain(forms[0]);
    expect(forms[1]).toBe(forms[0]);
  });

  it("that is not exact here is refused, and the other is not", async () => {
    const product = (integers: "int8" | "uint8") =>
      trace(({ x, w }) => ({ y: tf.matMul(x!, w!) }), {
        x: { shape: [1, 2] },
        w: { shape: [2, 3], storage: "w8a8", integers },
      });
    await expect(assertExactProducts(product("uint8"), createSession)).resolves.toBeUndefined();
    const signed = assertExactProducts(product("int8"), createSession);
    if ((await integerForm(createSession)) === "int8") await expect(signed).resolves.toBeUndefined();
    else await expect(signed).rejects.toMatchObject({ code: "E_INTEGER_PRODUCTS" });
  });
});
