"""Golden of @prefdelta/eval's BM25: bm25s, method "lucene", with NLTK's Porter stemmer (its author's own version) and Lucene's stop words.

python bm25_golden.py    writes packages/eval/src/__fixtures__/bm25.json

Needs bm25s and nltk. No passage is empty: bm25s counts one without terms as holding one empty term.
"""

import json
import pathlib
import random

import bm25s
import nltk
from nltk.stem.porter import PorterStemmer

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/eval/src/__fixtures__/bm25.json"
STEM = PorterStemmer(mode=PorterStemmer.MARTIN_EXTENSIONS).stem

WORDS = """relational conditional rational valency hesitancy digitizer conformably radically differently vilely analogously vietnamization
predication operator feudalism decisiveness hopefulness callousness formality sensitivity sensibility apology triplicate formative formalize
electricity electrical hopeful goodness revival allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment
dependent adoption homologou communism activate angularity homologous effective bowdlerize probate rate cease controll roll caresses ponies ties
caress cats feed agreed plastered bled motoring sing conflated troubled sized hopping tanned falling hissing fizzed failing filing happy sky
the and of to in is was with a i 1999 3rd x_y co2 Zürich naïve Ελλάδα 東京 Москва İzmir café's U.S. don't well-known"""


def passages(count):
    rng = random.Random(7)
    words = WORDS.split()
    weights = [1 / (i + 1) for i in range(len(words))]
    rng.shuffle(weights)
    return [" ".join(rng.choices(words, weights, k=rng.randint(3, 40))) + rng.choice([".", "!", ""]) for _ in range(count)]


TEXTS = passages(60)
QUERIES = ["hopeful ponies", "the conditional, relational operator", "troubled troubled ties", "Zürich CAFÉ", "東京 1999", "nothing here", "of the", "agreed feeds motor"]


def scores(k1, b):
    # The class keeps its vocabulary and does not add the empty term.
    tokenizer = bm25s.tokenization.Tokenizer(stopwords="en", stemmer=STEM)
    ids = tokenizer.tokenize(TEXTS, return_as="ids", show_progress=False, allow_empty=False)
    retriever = bm25s.BM25(method="lucene", k1=k1, b=b)
    retriever.index((ids, tokenizer.get_vocab_dict()), show_progress=False)
    rows = []
    for query in QUERIES:
        tokens = tokenizer.tokenize([query], update_vocab=False, return_as="ids", show_progress=False, allow_empty=False)[0]
        rows.append(retriever.get_scores(tokens).tolist() if tokens else [0.0] * len(TEXTS))
    return [[round(x, 7) for x in row] for row in rows]


golden = {
    "versions": {"bm25s": bm25s.__version__, "nltk": nltk.__version__},
    "stems": {word: STEM(word) for word in sorted({w.lower() for w in WORDS.split() if w.isalpha()})},
    "texts": TEXTS,
    "queries": QUERIES,
    "runs": [{"k1": k1, "b": b, "scores": scores(k1, b)} for k1, b in [(0.9, 0.4), (1.5, 0.75), (1.2, 0.0)]],
}
FIXTURE.write_text(json.dumps(golden, ensure_ascii=False, indent=None) + "\n")
