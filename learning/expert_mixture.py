"""A log-linear mixture: several experts → one probability. Its weights follow each expert's own record.

Genest and Zidek: Combining Probability Distributions, Statistical Science 1 (1986), 114-135, section 3.2. The weights
descend the pool's log loss, each at its own pace (AdaGrad: Duchi, Hazan, Singer, JMLR 12 (2011), 2121-2159).
"""

import numpy as np
from numpy.typing import NDArray

from learning.softmax import softmax

LEARNING_RATE = 0.15


class ExpertMixture:
    """The weights of the mixture.

    weights float64 [experts], never below 0; squares float64 [experts], the gradients' sums of squares.
    """

    def __init__(self, weights: tuple[float, ...]) -> None:
        self.weights = np.array(weights)
        self.squares = np.full(len(weights), 1e-8)

    def scores(self, experts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores [units] of log probabilities [experts, units]."""
        return np.asarray(np.einsum("v,vu->u", self.weights, experts))

    def learn(self, experts: NDArray[np.float64], column: int) -> None:
        """Learn from the experts' views of a mail.

        Views made before the mail was learned; `column` is the unit it belongs to.
        """
        gradient = np.einsum("vu,u->v", experts, softmax(self.scores(experts))) - experts[:, column]
        self.squares += gradient**2
        self.weights = np.maximum(self.weights - LEARNING_RATE * gradient / np.sqrt(self.squares), 0.0)
