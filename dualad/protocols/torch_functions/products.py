"""PyTorch's products of arrays, and its linear algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dualad.protocols.numpy_functions.products as products

from ...arrays.manipulation import normal_axis
from ..numpy_functions.einsum import einsum
from ..numpy_functions.translation import Translations

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()


@FUNCTIONS("matmul", "mm", "bmm", "mv", "dot", order="input other")
def matmul(xp: Any, input: Any, other: Any) -> Any:
    """The product of matrices and vectors."""
    return xp.matmul(input, other)


@FUNCTIONS("linear")
def linear(xp: Any, input: Any, weight: Any, bias: Any = None) -> Any:
    """``x wᵀ + b``."""
    weight = weight if len(weight.shape) < 2 else xp.matrix_transpose(weight)
    product = xp.matmul(input, weight)
    return product if bias is None else product + bias


@FUNCTIONS("addmm", "addmv", "baddbmm")
def addmm(xp: Any, input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """``β x + α a b``."""
    return beta * input + alpha * xp.matmul(mat1, mat2)


@FUNCTIONS("inner")
def inner(xp: Any, input: Any, other: Any) -> Any:
    """The sum over the last axes."""
    return products.inner(xp, input, other)


@FUNCTIONS("outer", "ger")
def outer(xp: Any, input: Any, vec2: Any) -> Any:
    """The products of all pairs."""
    return products.outer(xp, input, vec2)


@FUNCTIONS("kron")
def kron(xp: Any, input: Any, other: Any) -> Any:
    """Blocks: the second array times each element of the first."""
    return products.kron(xp, input, other)


@FUNCTIONS("linalg_cross")
def linalg_cross(xp: Any, input: Any, other: Any, *, dim: int = -1) -> Any:
    """The vector product."""
    return xp.linalg.cross(input, other, axis=dim)


@FUNCTIONS("cross")
def cross(xp: Any, input: Any, other: Any, dim: int | None = None) -> Any:
    """The vector product, by default along the first axis of length three."""
    axis = tuple(input.shape).index(3) if dim is None else dim
    return xp.linalg.cross(input, other, axis=axis)


@FUNCTIONS("linalg_vecdot")
def vecdot(xp: Any, x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sum of products along an axis."""
    return xp.vecdot(x, y, axis=dim)


@FUNCTIONS("einsum")
def einsum_(xp: Any, equation: str, *operands: Any) -> Any:
    """Sums of products over named axes."""
    one = operands[0] if len(operands) == 1 and isinstance(operands[0], list | tuple) else operands
    return einsum(xp, equation, *one)


@FUNCTIONS("tensordot")
def tensordot(xp: Any, a: Any, b: Any, dims: Any = 2) -> Any:
    """The sum over several axes of both."""
    return products.tensordot(xp, a, b, dims)


@FUNCTIONS("tril")
def tril(xp: Any, input: Any, diagonal: int = 0) -> Any:
    """The lower triangle."""
    return xp.tril(input, k=diagonal)


@FUNCTIONS("triu")
def triu(xp: Any, input: Any, diagonal: int = 0) -> Any:
    """The upper triangle."""
    return xp.triu(input, k=diagonal)


@FUNCTIONS("trace")
def trace(xp: Any, input: Any) -> Any:
    """The sum of the diagonal."""
    return xp.linalg.trace(input)


@FUNCTIONS("diagonal", "linalg_diagonal")
def diagonal(xp: Any, input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A diagonal of two axes, as the last axis."""
    return products.diagonal(xp, input, offset, dim1, dim2)


@FUNCTIONS("diag")
def diag(xp: Any, input: Any, diagonal: int = 0) -> Any:
    """A diagonal, or the matrix that has it."""
    return products.diag(xp, input, diagonal)


@FUNCTIONS("linalg_norm")
def norm(xp: Any, A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of vectors or matrices, as many axes as are named."""
    axis = tuple(dim) if isinstance(dim, list | tuple) else dim
    return products.norm(xp, A, ord, axis, keepdim)


@FUNCTIONS("linalg_matrix_norm")
def matrix_norm(
    xp: Any, A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False
) -> Any:
    """The norm of matrices."""
    return products.norm(xp, A, ord, tuple(normal_axis(d, A.ndim) for d in dim), keepdim)


@FUNCTIONS("linalg_solve")
def solve(xp: Any, A: Any, B: Any) -> Any:
    """The solution of a linear system."""
    return xp.linalg.solve(A, B)


@FUNCTIONS("logdet")
def logdet(xp: Any, A: Any) -> Any:
    """The logarithm of the determinant, NaN of a negative one."""
    sign, logarithm = xp.linalg.slogdet(A)
    return xp.where(sign < 0.0, float("nan"), logarithm)


@FUNCTIONS("linalg_matrix_power", "matrix_power")
def matrix_power(xp: Any, A: Any, n: int) -> Any:
    """The product of n factors."""
    return xp.linalg.matrix_power(A, n)


@FUNCTIONS("linalg_cholesky")
def cholesky(xp: Any, A: Any, *, upper: bool = False) -> Any:
    """The triangular factor."""
    return xp.linalg.cholesky(A, upper=upper)


@FUNCTIONS("linalg_eigh")
def eigh(xp: Any, A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and vectors of a symmetric matrix."""
    return products.eigh(xp, A, UPLO)


@FUNCTIONS("linalg_eigvalsh")
def eigvalsh(xp: Any, A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix."""
    return products.eigvalsh(xp, A, UPLO)


def of_one_matrix(name: str) -> Callable[..., Any]:
    """A function of one matrix; those without a rule say so themselves."""
    return lambda xp, A: getattr(xp.linalg, name)(A)


for _name in ("det", "inv", "slogdet", "eig", "eigvals", "svd", "svdvals", "qr", "pinv"):
    FUNCTIONS(f"linalg_{_name}")(of_one_matrix(_name))
for _name, _standard in (("det", "det"), ("inverse", "inv"), ("slogdet", "slogdet")):
    FUNCTIONS(_name)(of_one_matrix(_standard))
