"""The logarithm of the gamma function and its derivatives: digamma, trigamma, and all beyond."""

from __future__ import annotations

import math
from typing import Any, NoReturn

from .polynomial import from_root, polynomial
from .row import Row, nothing

__all__ = ["ROWS"]

# log Γ(1 + y) / (y (1 - y)) on [0, 3], in y / (y + 2.5) - 0.2727: degree 22, error 6e-20. The
# variable keeps the poles of Γ as far off as the interval's ends allow.
LOG_GAMMA = (
    -0.4291995199538213,
    0.4943482733442472,
    -0.11135991934464914,
    0.20803414545186152,
    -0.07748327468542593,
    0.15700772999338589,
    -0.05726284438328341,
    0.14141666059319408,
    -0.04019609555391676,
    0.14127711847723468,
    -0.02156639136793866,
    0.1528667156407369,
    0.0027646781259600874,
    0.17749213910018827,
    0.03811670226505155,
    0.2188625791283381,
    0.09087103861719503,
    0.30244994314928925,
    0.19518389705958028,
    0.2809885801708503,
    0.16992926219375143,
    1.149354722415319,
    1.1885145280222746,
)

# x (log Γ(x) - (x - 1/2) log x + x - log √(2π)) in 1 / x², for x >= 4: degree 9, error 2e-18.
LOG_GAMMA_TAIL = (
    0.08333333333333333,
    -0.0027777777777717436,
    0.0007936507903711944,
    -0.0005952373980758306,
    0.0008416746512427891,
    -0.0019126512521378185,
    0.006214071171079563,
    -0.024368040189502862,
    0.08641856151332654,
    -0.1753502491096262,
)

# digamma(x) / (x - root) on [1, 4], in x / (x + 1.5) - 0.5636: degree 22, error 2e-19.
DIGAMMA = (
    0.8021207407347622,
    -2.1662678277031064,
    2.4132011586720834,
    -4.886829039690233,
    7.622207882661157,
    -14.878012586009573,
    24.214861108930297,
    -46.58269442858253,
    76.33392736171226,
    -146.8240401124407,
    239.45029917414342,
    -464.6375297163023,
    747.9725336295904,
    -1476.2641116435884,
    2325.290646600064,
    -4703.3439307248545,
    7171.469636075417,
    -15468.449819331481,
    22315.703249119466,
    -40622.79576101332,
    57771.64686281506,
    -274171.9968441386,
    307171.4186931901,
)

# x² (log x - 1 / (2 x) - digamma(x)) in 1 / x², for x >= 4: degree 10, error 3e-18.
DIGAMMA_TAIL = (
    0.08333333333333333,
    -0.008333333333320037,
    0.003968253959474396,
    -0.004166664387411028,
    0.007575450577925685,
    -0.021068250438670645,
    0.0820757003878584,
    -0.3999056994325278,
    2.0087043698646987,
    -7.936193723407603,
    16.468132928255457,
)

# x³ (trigamma(x) - 1 / x - 1 / (2 x²)) in 1 / x², for x >= 4: degree 11, error 8e-18.
TRIGAMMA_TAIL = (
    0.16666666666666666,
    -0.03333333333329566,
    0.023809523779825377,
    -0.033333324092170914,
    0.07575607380581359,
    -0.2529672159190369,
    1.1574073600478294,
    -6.691311951925139,
    42.61041684321512,
    -245.57629011691,
    1014.1971887664247,
    -2090.7215069185168,
)

# The root of digamma in three parts.
ROOT = (1.4616321325302124, 1.243815006546356e-08, -1.2654465062537432e-16)

# (π x / sin(π x))² in x², for |x| <= 1/2: degree 17, error 1e-18.
COSECANT = (
    1.0,
    3.289868133696454,
    6.493939402266334,
    10.17343061992817,
    14.057082979324036,
    18.017902754931317,
    22.00539952187345,
    26.001950555682996,
    29.99402001014168,
    34.08566384536015,
    37.14881276662625,
    48.38271679755838,
    10.016188390885189,
    200.81034128789273,
    -404.661026443733,
    1025.1824305718185,
    -1230.1786925037025,
    941.5268268807544,
)

# log √(2π) - 1 / 2
STIRLING = 0.4189385332046727

# B(2 j) / (2 j)! of the formula of Euler and Maclaurin.
EULER_MACLAURIN = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
    -3617 / 10670622842880000,
)


def log_gamma_right(xp: Any, a: Any) -> Any:
    """``log Γ(a)`` for ``a >= 0``: below 4 with the factors of its zeros, above by Stirling."""
    b = xp.minimum(a, 4.0)
    # Γ(a) = Γ(1 + y), divided by a where a is below 1.
    y = xp.where(b < 1.0, b, b - 1.0)
    near = y * (1.0 - y) * polynomial(y / (y + 2.5) - 0.2727, LOG_GAMMA)
    b = xp.maximum(a, 4.0)
    z = 1.0 / b
    far = (b - 0.5) * (xp.log(b) - 1.0) + (STIRLING + z * polynomial(z * z, LOG_GAMMA_TAIL))
    return xp.where(a < 4.0, near - xp.log(xp.minimum(a, 1.0)), far)


def log_gamma(xp: Any, x: Any) -> Any:
    """``log |Γ(x)|``, by reflection left of zero."""
    a = abs(x)
    right = log_gamma_right(xp, a)
    sine = abs(xp.sin_pi(xp.where(x < 0.0, x, 0.5))) * (1.0 / math.pi)
    return xp.where(x < 0.0, -xp.log(a) - xp.log(sine) - right, right)


def reflected(xp: Any, x: Any) -> Any:
    """``1 - x`` left of zero, else ``x``."""
    return xp.where(x < 0.0, 1.0 - x, x)


def digamma(xp: Any, x: Any) -> Any:
    """The derivative of ``log |Γ(x)|``; to its last digit near the positive root."""
    a = reflected(xp, x)
    shifted = xp.where(a < 1.0, a + 1.0, xp.minimum(a, 4.0))
    near = from_root(xp, shifted, ROOT) * polynomial(shifted / (shifted + 1.5) - 0.5636, DIGAMMA)
    near = near - xp.where(a < 1.0, 1.0 / xp.minimum(a, 1.0), 0.0)
    b = xp.maximum(a, 4.0)
    z = (1.0 / b) * (1.0 / b)
    far = xp.log(b) - 0.5 / b - z * polynomial(z, DIGAMMA_TAIL)
    left = xp.where(x < 0.0, x, 0.5)
    cotangent = xp.cos_pi(left) / xp.sin_pi(left)
    return xp.where(a < 4.0, near, far) - math.pi * xp.where(x < 0.0, cotangent, 0.0)


def trigamma(xp: Any, x: Any) -> Any:
    """The derivative of digamma: a sum of positive terms; left of zero by reflection."""
    a = reflected(xp, x)
    # Beyond the largest argument of double precision the powers are zero, and stay so at infinity.
    z = 1.0 / (a + 4.0)
    total = z * (1.0 + z * (0.5 + z * polynomial(z * z, TRIGAMMA_TAIL)))
    for k in (3.0, 2.0, 1.0, 0.0):
        total = total + (1.0 / (a + k)) / (a + k)
    # Not by a sine, whose rounding the square would double.
    r = xp.where(x < 0.0, x, 0.5)
    r = r - xp.round(r)
    squared_cosecant = polynomial(r * r, COSECANT) / r / r
    return xp.where(x < 0.0, squared_cosecant, 0.0) + xp.where(x < 0.0, -total, total)


def trigamma_slope(xp: Any, x: Any, _: Any) -> Any:
    """``-2 zeta(3, x)``, by reflection left of zero."""
    left = xp.where(x < 0.0, x, 0.5)
    cosecant = math.pi / xp.sin_pi(left)
    correction = (2.0 * cosecant) * (cosecant * cosecant) * xp.cos_pi(left)
    total = 2.0 * xp.zeta(3.0, reflected(xp, x))
    return -total - xp.where(x < 0.0, correction, 0.0)


def trigamma_curvature(xp: Any, x: Any, _: Any) -> Any:
    """``6 zeta(4, x)``, by reflection left of zero."""
    left = xp.where(x < 0.0, x, 0.5)
    cosecant, cosine = math.pi / xp.sin_pi(left), xp.cos_pi(left)
    square = cosecant * cosecant
    correction = (2.0 * square) * (square * (1.0 + 2.0 * (cosine * cosine)))
    total = 6.0 * xp.zeta(4.0, reflected(xp, x))
    return xp.where(x < 0.0, correction - total, total)


def zeta(xp: Any, s: Any, x: Any) -> Any:
    """The sum of ``(x + k)**-s`` over k >= 0: ten terms, the rest by Euler and Maclaurin."""
    x = xp.positive(x)  # a Python number raises where an array gives an infinity
    b = x + 10.0
    z = 1.0 / b
    rest = 0.0 * z
    for j in range(len(EULER_MACLAURIN), 0, -1):
        factor = (s + (2 * j - 1)) * (s + 2 * j)
        rest = EULER_MACLAURIN[j - 1] + factor * (z * z * rest)
    total = b ** (1.0 - s) * (1.0 / (s - 1.0) + z * (0.5 + z * (s * rest)))
    for k in range(9, -1, -1):
        total = total + (x + float(k)) ** (-s)
    return total + xp.where(x >= 0.0, 0.0 * z, math.nan)


def by_order(xp: Any, s: Any, x: Any, y: Any) -> NoReturn:
    """There is no closed form."""
    raise TypeError("zeta(s, x) has a derivative by x only: make s a plain number")


ROWS: tuple[Row, ...] = (
    Row(
        "lgamma",
        first=(lambda xp, x, y: xp.lgamma_slope(x),),
        second=((lambda xp, x, y: xp.trigamma(x),),),
        written=log_gamma,
        formula="log |Γ(x)|",
        derivative="digamma x",
        ulp=(math.inf, 16.0),
        reason=(
            "Between negative poles digamma has zeros, where two terms of the reflection "
            "cancel: there it is within 8 ulp of the larger term. Right of zero it is "
            "within 5 ulp of itself."
        ),
        probes=(1e-30, 1e-9, 0.5, 1.0, 1.46163214496836, 2.0, 4.0, 1e9, 1e30, -0.5, -1.5, -9.25),
    ),
    Row(
        "digamma",
        first=(lambda xp, x, y: xp.trigamma(x),),
        second=((lambda xp, x, y: trigamma_slope(xp, x, y),),),
        written=digamma,
        formula="Γ'(x) / Γ(x)",
        derivative="trigamma x",
        probes=(1e-30, 1e-9, 0.5, 1.0, 1.46163214496836, 2.0, 4.0, 1e9, 1e30, -0.5, -1.5, -9.25),
        ulp=(4.0, math.inf),
        reason="The second derivative has zeros between negative poles.",
    ),
    Row(
        # As digamma, but never the backend's own: SciPy's has no right digit near negative poles.
        "lgamma_slope",
        first=(lambda xp, x, y: xp.trigamma(x),),
        second=((lambda xp, x, y: trigamma_slope(xp, x, y),),),
        written=digamma,
        formula="Γ'(x) / Γ(x)",
        derivative="trigamma x",
        probes=(1e-30, 1e-9, 0.5, 1.0, 1.46163214496836, 2.0, 4.0, 1e9, 1e30, -0.5, -1.5, -9.25),
        ulp=(4.0, math.inf),
        reason="The second derivative has zeros between negative poles.",
    ),
    Row(
        "trigamma",
        first=(trigamma_slope,),
        second=((trigamma_curvature,),),
        written=trigamma,
        formula="the derivative of digamma",
        derivative="-2 zeta(3, x)",
        probes=(1e-30, 1e-9, 0.5, 1.0, 2.0, 4.0, 1e9, 1e30, -0.25, -1.75, -9.25),
        ulp=(math.inf, 16.0),
        reason="The first derivative has zeros between negative poles.",
    ),
    Row(
        "zeta",
        first=(by_order, lambda xp, s, x, y: -s * xp.zeta(s + 1.0, x)),
        second=(
            (nothing,),
            (by_order, lambda xp, s, x, y: (s * (s + 1.0)) * xp.zeta(s + 2.0, x)),
        ),
        written=zeta,
        arity=2,
        formula="ζ(x, y), the sum of (y + k)^-x for k = 0, 1, ...",
        derivative="none by x, -x ζ(x + 1, y)",
        domain=(1.0, math.inf),
        probes=(2.0, 3.0),
    ),
)
