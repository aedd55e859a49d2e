import "./all-close.ts";
