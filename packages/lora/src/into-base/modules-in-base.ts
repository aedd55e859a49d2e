import { openCheckpoint } from "@prefdelta/safetensors/node";

/**
 * The paths among these whose weights a base model has, in the order in which mergeIntoBase asks for them, when all have one dtype.
 *
 * @throws SafetensorsError for the base's files
 */
export async function modulesInBase(
  base: string,
  paths: { readonly has: (path: string) => boolean },
): Promise<string[]> {
  const checkpoint = await openCheckpoint(base);
  try {
    const names = checkpoint.files.flatMap(({ path }) =>
      checkpoint.names.filter((name) => checkpoint.entries.get(name)!.file === path).toSorted(),
    );
    return names.flatMap((name) => {
      const path = name.endsWith(".weight") ? name.slice(0, -".weight".length) : "";
      return paths.has(path) ? [path] : [];
    });
  } finally {
    await checkpoint.close();
  }
}
