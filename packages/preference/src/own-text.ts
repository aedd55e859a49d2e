/** What the model itself wrote of an answer: what the environment told it stands between `<information>` and `</information>`. */
export const ownText = (text: string): string => text.replaceAll(/<information>.*?<\/information>/gs, "");
