"""Attention without the softmax pass is attention: the same values as torch's own, in every case."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from retrieval.attention import attend

HEADS, SIZE = 3, 8


def inputs(tokens: int, *, loudness: float = 1.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return query, key and value of two sequences; `loudness` scales the scores."""
    generator = torch.Generator().manual_seed(tokens)
    query, key, value = (torch.randn(2, HEADS, tokens, SIZE, generator=generator) for _ in range(3))
    return query * loudness, key * loudness, value


def ours(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Return attended values in torch's own order of axes."""
    found, _ = attend(torch.nn.Identity(), query, key, value, mask, scaling=SIZE**-0.5)
    return found.transpose(1, 2)


@pytest.mark.parametrize("tokens", [1, 7, 130])
def test_values_are_those_of_torch(tokens: int) -> None:
    """Without padding both agree to float32's precision."""
    query, key, value = inputs(tokens)

    expected = scaled_dot_product_attention(query, key, value)

    torch.testing.assert_close(ours(query, key, value, None), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["boolean", "additive"])
def test_padding_is_not_seen(kind: str) -> None:
    """Keys of padding take no part, in either form of the mask."""
    query, key, value = inputs(9)
    mask = torch.ones(2, 1, 9, 9, dtype=torch.bool)
    mask[1, :, :, 5:] = False
    given = mask if kind == "boolean" else torch.zeros(2, 1, 9, 9).masked_fill(~mask, torch.finfo().min)

    expected = scaled_dot_product_attention(query, key, value, attn_mask=mask)

    torch.testing.assert_close(ours(query, key, value, given), expected, rtol=1e-4, atol=1e-5)


def test_scores_beyond_the_exponent_stay_finite() -> None:
    """Scores of several hundred neither overflow nor divide by nothing."""
    query, key, value = inputs(40, loudness=9.0)

    expected = scaled_dot_product_attention(query, key, value)

    torch.testing.assert_close(ours(query, key, value, None), expected, rtol=1e-3, atol=1e-3)
