"""Golden of @prefdelta/preference's Parquet reader: prompts in the columns of verl and Search-R1, as pyarrow writes them.

python parquet_golden.py    writes packages/preference/src/__fixtures__/prompts.parquet
"""

import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/preference/src/__fixtures__/prompts.parquet"

ROWS = [
    {
        "data_source": "nq" if i < 200 else "hotpotqa",
        "prompt": [{"role": "user", "content": f"Où est la ville {i} ?"}],
        "reward_model": {"style": "rule", "ground_truth": {"target": [f"ville {i}", f"Ville {i}"]}},
        "extra_info": {"index": i, "split": "train"},
    }
    for i in range(300)
]

table = pa.Table.from_pylist(ROWS).replace_schema_metadata({"made_by": f"pyarrow {pa.__version__}"})
pq.write_table(table, FIXTURE, row_group_size=128, compression="snappy")
print(FIXTURE, FIXTURE.stat().st_size, "bytes")
