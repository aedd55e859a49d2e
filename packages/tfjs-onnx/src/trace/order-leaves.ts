import type { OnnxNode } from "../onnx/graph.ts";

/**
 * Nodes that nothing reads, which are what a graph hands out, last and in reverse. ONNX Runtime starts from the last of them, runs what it needs,
 * and goes on to the one before. Left where they were recorded, a step's last gradient would come first, and with it the whole way back
 * through the model; what all the other gradients are made of would be held until then.
 */
export function orderLeaves(nodes: readonly OnnxNode[]): OnnxNode[] {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const isLeaf = ({ outputs }: OnnxNode): boolean => !outputs.some((name) => read.has(name));
  return [...nodes.filter((node) => !isLeaf(node)), ...nodes.filter(isLeaf).toReversed()];
}
