"""The data: scikit-learn's 1797 handwritten digits, which come with it and need no download."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

TEST_IMAGES = 360
BATCH = 128

# A pixel becomes 4 x 4. The activations' tensors are then as large as those of real networks (here
# 33 MB); on the original 8 x 8 they stay in the processor's cache, and no method pays for memory.
ENLARGEMENT = 4
SIDE = 8 * ENLARGEMENT


@dataclass(frozen=True)
class Images:
    """Grey images of shape (n, SIDE, SIDE), float32 between 0 and 1, and their labels (n,)."""

    pixels: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> "Images":
        """Return the images at these indices."""
        return Images(self.pixels[indices], self.labels[indices])


def load() -> tuple[Images, Images]:
    """Return the images to learn from and the images to test on, the same in every run."""
    digits = load_digits()
    pixels = digits.images.astype(np.float32) / 16
    pixels = pixels.repeat(ENLARGEMENT, axis=1).repeat(ENLARGEMENT, axis=2)
    train_pixels, test_pixels, train_labels, test_labels = train_test_split(
        pixels, digits.target, test_size=TEST_IMAGES, stratify=digits.target, random_state=0
    )
    return Images(train_pixels, train_labels), Images(test_pixels, test_labels)


def batches(images: Images, count: int) -> list[Images]:
    """Return shuffled batches of `BATCH` images, one list for all methods to learn from."""
    return list(islice(_shuffled(images), count))


def _shuffled(images: Images) -> Iterator[Images]:
    """Yield batches for ever, in a new order each time that the images are used up."""
    generator = np.random.default_rng(seed=0)
    while True:
        order = generator.permutation(len(images))
        for start in range(0, len(images) - BATCH + 1, BATCH):
            yield images.take(order[start : start + BATCH])
