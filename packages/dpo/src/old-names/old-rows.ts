import { z } from "zod";
import { refusedLoraFields } from "../lora/lora-fields.ts";
import { allIgnored, ignored, only, refusedBy, taken } from "./old-row.ts";

const engine = "the engine's options say how the model is held and computed; arithmetic is float32";
const padding = "padding is never seen: masks are kept apart from the tokens";
const oneReader = "rows are read, and batches made, by the one process that trains";
const checkpoints = "checkpoints are written every save_steps, and the newest is kept";
const log = "every step is in trainer_log.jsonl";
const progress = "the command line's --quiet and --json say what is printed";
const oneProcess = "one process trains, on the runtime that the engine's options name";
const place = "--base, --data and --out say it on the command line, trainDpo's options in code";
const hub = "nothing is uploaded";

/** The reason why AdamW's variants of storage and speed are all ours, and other optimisers are not. */
const optimizer = z
  .string()
  .refine((name) => /^(paged_)?adamw(_|$)/.test(name), "expected a variant of AdamW: it is the one optimiser")
  .nullish();

/**
 * Arguments of TRL, of today and of older versions, of its model and data settings, and of transformers' TrainingArguments, that are no settings
 * of ours. They may be given; none is kept.
 */
export const oldRows = {
  // TRL's DPOConfig, and DPOTrainer's before it
  /** Weight of the cross-entropy of the chosen answers: now a mix with sft. */
  rpo_alpha: taken(z.number().positive(), "as a mix with sft: loss_type: [LOSS, sft], loss_weights: [1, rpo_alpha]"),
  cpo_alpha: only([0], "SimPO without CPO's cross-entropy; a mix with sft has one"),
  alpha: only([0], "SimPO without AlphaPO's shape of the reward"),
  reference_free: only([false], 'for a loss without reference, take "simpo" or "orpo"'),
  sync_ref_model: only([false], "the reference stays as it is"),
  force_use_ref_model: only([false], "the reference is the base, or the adapter that the run starts from"),
  ref_adapter_name: only([], "the reference is the base, or the adapter that the run starts from"),
  model_adapter_name: ignored("there is one adapter, the one that is trained"),
  is_encoder_decoder: only([false], "decoders are trained"),
  tools: only([], "tools are a column of the rows"),
  ...allIgnored("sync_ref_model is refused", ["ref_model_mixup_alpha", "ref_model_sync_steps"]),
  ...allIgnored("max_length bounds prompt and answer together", [
    "max_prompt_length",
    "max_completion_length",
    "max_target_length",
  ]),
  ...allIgnored(padding, ["label_pad_token_id", "padding_value", "pad_token", "pad_to_multiple_of", "padding_free"]),
  generate_during_eval: ignored("an evaluation measures log-probs alone"),
  precompute_ref_log_probs: ignored("reference log-probs are always computed once and kept"),
  precompute_ref_batch_size: ignored("reference log-probs are computed in batches of so many tokens"),
  ref_model_init_kwargs: ignored("the reference is the frozen base"),
  disable_dropout: taken(z.boolean(), "as lora_dropout 0 where it is true; there is no other dropout"),
  dataset_num_proc: ignored(oneReader),
  router_aux_loss_coef: ignored("no mixture of experts is trained"),
  base_model_attribute_name: ignored("models are read by their config.json"),
  ...allIgnored(engine, [
    "model_init_kwargs",
    "activation_offloading",
    "use_liger_loss",
    "use_logits_to_keep",
    "use_num_logits_to_keep",
  ]),

  // TRL's ModelConfig and ScriptArguments, PEFT's LoraConfig
  ...refusedBy(refusedLoraFields),
  use_peft: only([true], "a LoRA is what is trained"),
  lora_task_type: only(["CAUSAL_LM"], "a causal language model is trained"),
  lora_target_parameters: only([], "maps of the layers are adapted, lora_target_modules names them"),
  ...allIgnored(engine, ["dtype", "torch_dtype", "attn_implementation", "trust_remote_code"]),
  ...allIgnored("the engine's storage int8 is what there is for smaller weights", [
    "load_in_8bit",
    "load_in_4bit",
    "bnb_4bit_quant_type",
    "use_bnb_nested_quant",
    "bnb_4bit_quant_storage",
  ]),
  ...allIgnored(place, [
    "model_name_or_path",
    "model_revision",
    "output_dir",
    "overwrite_output_dir",
    "dataset_name",
    "dataset_config",
    "dataset_train_split",
    "dataset_test_split",
  ]),
  dataset_streaming: ignored("rows are always streamed"),
  ignore_bias_buffers: ignored(oneProcess),

  // transformers' TrainingArguments: what is trained, and how
  evaluation_strategy: taken(z.enum(["no", "steps", "epoch"]), "as eval_strategy"),
  optim: { schema: optimizer, outcome: "ignored: AdamW in float32 is the one optimiser" },
  optim_args: only([], "AdamW has adam_beta1, adam_beta2, adam_epsilon and weight_decay"),
  optim_target_modules: only([], "AdamW updates every factor of the LoRA"),
  adafactor: only([false], "AdamW is the one optimiser"),
  label_smoothing_factor: only([0], "label_smoothing is what preference losses have"),
  neftune_noise_alpha: only([], "no noise is added to embeddings"),
  group_by_length: only([false], "train_sampling_strategy is random or sequential"),
  dataloader_drop_last: only([false], "an epoch's last batch is trained on, whatever its size"),
  per_gpu_train_batch_size: only([], "per_device_train_batch_size is its name"),
  per_gpu_eval_batch_size: only([], "per_device_eval_batch_size is its name"),
  eval_delay: only([0], "evaluations begin with the first that is due"),
  eval_on_start: only([false], "evaluations follow steps"),
  data_seed: ignored("seed orders the pairs"),
  full_determinism: ignored("the same seed and threads always give the same bytes"),

  // transformers' TrainingArguments: where and how it runs
  ...allIgnored(engine, [
    "bf16",
    "fp16",
    "bf16_full_eval",
    "fp16_full_eval",
    "fp16_backend",
    "fp16_opt_level",
    "half_precision_backend",
    "tf32",
    "torch_compile",
    "torch_compile_backend",
    "torch_compile_mode",
    "torchdynamo",
    "torch_empty_cache_steps",
    "use_liger_kernel",
    "liger_kernel_config",
    "use_cache",
    "use_ipex",
    "jit_mode_eval",
    "auto_find_batch_size",
  ]),
  ...allIgnored("the engine chooses by memory", ["gradient_checkpointing", "gradient_checkpointing_kwargs"]),
  ...allIgnored(oneProcess, [
    "use_cpu",
    "no_cuda",
    "use_mps_device",
    "local_rank",
    "accelerator_config",
    "parallelism_config",
    "average_tokens_across_devices",
    "ddp_find_unused_parameters",
    "ddp_bucket_cap_mb",
    "ddp_broadcast_buffers",
    "ddp_static_graph",
    "ddp_backend",
    "ddp_timeout",
    "fsdp",
    "fsdp_config",
    "fsdp_min_num_params",
    "fsdp_transformer_layer_cls_to_wrap",
    "deepspeed",
    "tpu_num_cores",
    "tpu_metrics_debug",
    "mp_parameters",
    "split_batches",
    "dispatch_batches",
  ]),
  ...allIgnored(oneReader, [
    "dataloader_num_workers",
    "dataloader_pin_memory",
    "dataloader_persistent_workers",
    "dataloader_prefetch_factor",
    "dataloader_multiprocessing_context",
    "dataloader_in_order",
    "length_column_name",
  ]),
  ...allIgnored("columns are those of the row's shape", ["remove_unused_columns", "label_names"]),
  ...allIgnored(log, [
    "logging_strategy",
    "logging_steps",
    "logging_first_step",
    "logging_nan_inf_filter",
    "log_on_each_node",
    "include_num_input_tokens_seen",
    "include_tokens_per_second",
  ]),
  ...allIgnored(progress, ["log_level", "log_level_replica", "disable_tqdm", "debug", "skip_memory_metrics"]),
  ...allIgnored(
    "trackers are given to the trainer as writers; the command line has --tensorboard, --mlflow and --wandb",
    ["report_to", "logging_dir", "project", "trackio_space_id", "trackio_bucket_id", "trackio_static_space_id"],
  ),
  run_name: ignored("a run is called as its folder is"),
  ...allIgnored("an evaluation measures the losses' metrics, in batches of so many tokens", [
    "prediction_loss_only",
    "eval_do_concat_batches",
    "eval_use_gather_object",
    "eval_accumulation_steps",
    "include_for_metrics",
    "include_inputs_for_metrics",
    "batch_eval_metrics",
  ]),
  ...allIgnored(checkpoints, [
    "save_strategy",
    "save_total_limit",
    "save_only_model",
    "save_on_each_node",
    "save_safetensors",
    "enable_jit_checkpoint",
  ]),
  ...allIgnored("the same call goes on from the checkpoint; on the command line, --resume does", [
    "resume_from_checkpoint",
    "ignore_data_skip",
    "restore_callback_states_from_checkpoint",
  ]),
  push_to_hub: only([false], "nothing is uploaded; the adapter's folder can be"),
  ...allIgnored(hub, [
    "hub_token",
    "hub_private_repo",
    "hub_model_id",
    "hub_strategy",
    "hub_always_push",
    "hub_revision",
    "push_to_hub_model_id",
    "push_to_hub_organization",
    "push_to_hub_token",
  ]),
  ...allIgnored("one training is what there is to do", ["do_train", "do_eval", "do_predict"]),
} as const;

export type OldName = keyof typeof oldRows;
