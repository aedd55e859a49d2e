import type { Markup } from "../../html/markup.ts";
import { charts } from "./charts.ts";
import { layout } from "./layout.ts";
import { otherMedia } from "./other-media.ts";
import { palette } from "./palette.ts";
import { tables } from "./tables.ts";
import { text } from "./text.ts";

/** The page's only style sheet; what comes later goes over what came before. */
export const styles: readonly Markup[] = [palette, text, tables, layout, charts, otherMedia];
