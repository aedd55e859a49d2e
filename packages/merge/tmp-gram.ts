import { floatGram, gram } from "@prefdelta/linalg";
for (const [rows, cols, transposed] of [
  [12288, 256, false],
  [12288, 256, true],
] as const) {
  const data = new Float32Array(rows * cols).map(() => Math.random() - 0.5);
  for (const f of [gram, floatGram, gram, floatGram]) {
    const t = performance.now();
    for (let i = 0; i < 4; i++) f({ rows, cols, data, transposed } as never);
    const s = (performance.now() - t) / 4e3;
    console.log(f.name, transposed, (s * 1e3).toFixed(1), "ms", ((rows * cols * cols) / s / 1e9).toFixed(1));
  }
}
