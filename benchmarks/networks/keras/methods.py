"""The activations of the networks, each with every method."""

from __future__ import annotations

import tensorflow as tf

from dualad.activations import gelu_tanh, mish
from dualad.cli.bench.tensorflow.formulas import FORMULAS
from dualad.cli.bench.tensorflow.methods import alternatives

from ..chains import Chain, Function, Spelling

__all__ = ["GELU_TANH", "MISH", "methods"]

SPELLING = Spelling(exp=tf.exp, log=tf.math.log, tanh=tf.tanh)

GELU_TANH = Chain("gelu-tanh", SPELLING.gelu_tanh, FORMULAS["gelu_tanh"].built_in, gelu_tanh)
MISH = Chain("exp/log-mish", SPELLING.mish, FORMULAS["mish"].built_in, mish)


def methods(chain: Chain) -> dict[str, Function]:
    """The methods for a chain, by name, in the order of the table."""
    return {
        **alternatives(chain.composed, chain.built_in),
        "dualad": chain.ours,
        "dualad input": chain.ours.with_options(keep="input"),
        "dualad compiled": chain.ours.with_options(execution="compiled"),
    }
