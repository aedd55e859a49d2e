/** The files of an adapter folder. */
export const weightsFile = "adapter_model.safetensors";
export const configFile = "adapter_config.json";
export const cardFile = "README.md";
