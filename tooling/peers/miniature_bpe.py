"""Golden for examples/miniature/src/tokenizer/train-bpe.test.ts: a BPE vocabulary trained by Hugging Face tokenizers.

Run from the repository's root: python tooling/peers/miniature_bpe.py (tokenizers 0.23.3)
"""

import json
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

OUT = Path("examples/miniature/src/tokenizer/__fixtures__/bpe.json")
SPECIAL = ["<|pad|>", "<|end|>"]
SIZE = 340

# Few words with many ties, digits, signs, accents and doubled letters.
nouns = ["banana", "ananas", "mississippi", "São Tomé", "Malé", "Tallahassee", "coffee", "committee"]
texts = [f" The {a} of {b} is {a}, not {i * 37}." for i, a in enumerate(nouns) for b in nouns[: i + 2]]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
trainer = trainers.BpeTrainer(
    vocab_size=SIZE,
    special_tokens=SPECIAL,
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
tokenizer.train_from_iterator(texts, trainer)
merges = json.loads(tokenizer.to_str())["model"]["merges"]
vocabulary = dict(sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1]))
golden = {"texts": texts, "vocabularySize": SIZE, "specialTokens": SPECIAL, "merges": merges, "vocabulary": vocabulary}
OUT.write_text(json.dumps(golden, ensure_ascii=False) + "\n")
