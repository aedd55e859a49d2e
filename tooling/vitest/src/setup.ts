import "./all-close.ts";
import "./readme-example.ts";
