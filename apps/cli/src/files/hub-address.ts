const pattern = /^hub(?::(?<name>[\w.-]+\/[\w.-]+)(?:@(?<revision>[\w./-]+))?)?$/;

/** `hub:NAMESPACE/NAME[@REVISION]`, or `hub` alone, without a name; undefined for what is no address of the Hub. */
export function hubAddress(
  where: string,
): { readonly name: string | undefined; readonly revision: string } | undefined {
  const match = pattern.exec(where);
  if (match === null) return undefined;
  const { name, revision = "main" } = match.groups!;
  return { name, revision };
}
