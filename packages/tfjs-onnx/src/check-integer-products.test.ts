import { describe, expect, it } from "vitest";
import { assertExact, checkIntegerProducts } from "./check-integer-products.ts";
import { createSession } from "./session.ts";

describe("8-bit products", () => {
  it("takes what a processor with VNNI gives, 64 × 255 × 127", () => {
    expect(() => assertExact(Int32Array.of(2_072_640, 2_072_640))).not.toThrow();
  });

  it("refuses pairs that were added in 16 bits, 32 × 32,767", () => {
    const saturated = expect.objectContaining({
      code: "E_INTEGER_PRODUCTS",
      message: expect.stringContaining("got 1048544") as string,
    });
    expect(() => assertExact(Int32Array.of(2_072_640, 32 * 32_767))).toThrow(saturated);
  });

  it("asks this processor, and gets one answer however often", async () => {
    const [first, second] = await Promise.allSettled([
      checkIntegerProducts(createSession),
      checkIntegerProducts(createSession),
    ]);
    expect(first).toEqual(second);
    const code = first.status === "rejected" ? (first.reason as { code: string }).code : "exact";
    expect(["exact", "E_INTEGER_PRODUCTS"]).toContain(code);
  });
});
