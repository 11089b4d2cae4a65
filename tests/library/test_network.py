"""The network: loss and gradient against their definitions, one sample and one loop at a time."""

import copy
import math
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib import MLP, mean_squared_error, softmax_cross_entropy, sweep

DEPTHS = [(4, 3), (4, 5, 3), (4, 6, 5, 3), (3, 4, 4, 4, 2)]
LOSSES = {"cross-entropy": softmax_cross_entropy, "squares": mean_squared_error}


def example(widths, loss, n=7, dtype=np.float64, seed=0):
    """A network, parameters (biases not 0), inputs and targets."""
    rng = np.random.default_rng(seed)
    model = MLP(widths, loss)
    params = (model.init(rng) + 0.1 * rng.normal(size=model.layout.size)).astype(dtype)
    x = rng.normal(size=(n, widths[0])).astype(dtype)
    if loss is softmax_cross_entropy:
        y = rng.integers(widths[-1], size=n)
    else:
        y = rng.normal(size=(n, widths[-1])).astype(dtype)
    return model, params, x, y


def matrices(model, params):
    """The (W, b) of each layer as nested lists, cut out of the vector by hand."""
    numbers, layers = iter(params.tolist()), []
    for rows, columns in zip(model.widths, model.widths[1:], strict=False):
        w = [[next(numbers) for _ in range(columns)] for _ in range(rows)]
        layers.append((w, [next(numbers) for _ in range(columns)]))
    assert next(numbers, None) is None
    return layers


def forward_one(layers, sample):
    """All activations for one sample, in plain Python."""
    activations = [sample]
    for number, (w, b) in enumerate(layers, start=1):
        z = [b[j] + sum(a * w[i][j] for i, a in enumerate(activations[-1])) for j in range(len(b))]
        activations.append(z if number == len(layers) else [max(v, 0.0) for v in z])
    return activations


def loss_one(loss, outputs, target):
    """The loss of one sample and its derivatives, from `math` alone."""
    if loss is softmax_cross_entropy:
        total = math.fsum(math.exp(o) for o in outputs)
        slopes = [math.exp(o) / total - (j == target) for j, o in enumerate(outputs)]
        return -math.log(math.exp(outputs[target]) / total), slopes
    slopes = [o - t for o, t in zip(outputs, target, strict=True)]
    return sum(s * s for s in slopes) / 2, slopes


def gradient_by_loops(model, params, x, y):
    """Mean loss and gradient as sums over samples and over paths, without a matrix product."""
    layers = matrices(model, params)
    total, gradient = 0.0, [([[0.0] * len(b) for _ in w], [0.0] * len(b)) for w, b in layers]
    for sample, target in zip(x.tolist(), y.tolist(), strict=True):
        activations = forward_one(layers, sample)
        value, delta = loss_one(model.loss, activations[-1], target)
        total += value / len(x)
        for k in reversed(range(len(layers))):
            w, b = layers[k]
            for j in range(len(b)):
                gradient[k][1][j] += delta[j] / len(x)
                for i, a in enumerate(activations[k]):
                    gradient[k][0][i][j] += a * delta[j] / len(x)
            delta = [
                sum(d * w[i][j] for j, d in enumerate(delta)) if a > 0 else 0.0
                for i, a in enumerate(activations[k])
            ]
    flat = [v for w, b in gradient for v in [*(v for row in w for v in row), *b]]
    return total, np.array(flat)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("widths", DEPTHS, ids=str)
def test_backpropagation_is_the_sum_over_samples_and_paths(widths, loss):
    model, params, x, y = example(widths, loss)
    out = np.full_like(params, np.nan)
    value = model.value_and_grad(params, x, y, out)
    expected, gradient = gradient_by_loops(model, params, x, y)
    assert value == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(out, gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("widths", DEPTHS, ids=str)
def test_backpropagation_against_central_differences(widths, loss):
    model, params, x, y = example(widths, loss, seed=1)
    out, h = np.empty_like(params), 1e-6

    def value(params):
        return loss(model.predict(params, x), y)[0]

    slopes = [(value(params + e) - value(params - e)) / (2 * h) for e in h * np.eye(len(params))]
    assert model.value_and_grad(params, x, y, out) == value(params)
    np.testing.assert_allclose(out, slopes, rtol=0, atol=1e-8)
    assert np.abs(out).max() > 0.1


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("widths", DEPTHS, ids=str)
def test_float32_is_the_rounded_float64(widths, loss):
    model, params, x, y = example(widths, loss, dtype=np.float32)
    out = np.empty_like(params)
    value = model.value_and_grad(params, x, y, out)
    assert type(value) is float
    assert out.dtype == model.predict(params, x).dtype == loss(x, y_like(loss, x))[1].dtype
    y64 = y.astype(np.float64) if y.dtype == np.float32 else y
    exact = np.empty(len(params))
    expected = model.value_and_grad(params.astype(float), x.astype(float), y64, exact)
    assert value == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(out, exact, rtol=1e-4, atol=1e-5)


def y_like(loss, outputs):
    return np.zeros(len(outputs), int) if loss is softmax_cross_entropy else np.zeros_like(outputs)


def test_targets_of_another_precision_do_not_widen_the_gradient():
    assert mean_squared_error(np.ones((2, 3), np.float32), np.zeros((2, 3)))[1].dtype == np.float32


def test_the_gradient_is_written_through_and_the_parameters_are_left():
    model, params, x, y = example((4, 5, 3), softmax_cross_entropy)
    memory = np.full(len(params) + 2, 7.0)
    before, out = params.copy(), memory[1:-1]
    model.value_and_grad(params, x, y, out)
    assert np.array_equal(params, before)
    assert memory[0] == memory[-1] == 7.0
    assert not np.any(out == 7.0)


def test_what_is_only_read_may_share_memory():
    model, params, _, _ = example((4, 3), mean_squared_error)
    x, y = params[:12].reshape(3, 4), np.ones((3, 3))
    expected, out = np.empty_like(params), np.empty_like(params)
    value = model.value_and_grad(params, x.copy(), y, expected)
    assert model.value_and_grad(params, x, y, out) == value
    assert out.tobytes() == expected.tobytes()


def test_at_the_kink_the_slope_is_zero():
    model = MLP((1, 1, 1), mean_squared_error)
    params = np.array([1.0, 0.0, 1.0, 0.0])  # W1, b1, W2, b2: the hidden unit sees exactly 0
    out = np.empty(4)
    model.value_and_grad(params, np.zeros((1, 1)), np.ones((1, 1)), out)
    assert out.tolist() == [0.0, 0.0, 0.0, -1.0]


def test_predict_is_the_forward_pass_of_each_sample():
    model, params, x, _ = example((4, 6, 5, 3), softmax_cross_entropy)
    layers = matrices(model, params)
    expected = [forward_one(layers, sample)[-1] for sample in x.tolist()]
    np.testing.assert_allclose(model.predict(params, x), expected, rtol=1e-13, atol=1e-14)


logits = st.lists(st.floats(-30, 30), min_size=3, max_size=3)


@given(st.lists(st.tuples(logits, st.integers(0, 2)), min_size=1, max_size=4))
def test_cross_entropy_is_minus_the_mean_log_probability(rows):
    outputs, labels = np.array([row for row, _ in rows]), np.array([label for _, label in rows])
    value, gradient = softmax_cross_entropy(outputs, labels)
    terms, slopes = [], []
    for row, label in rows:
        total = math.fsum(map(math.exp, row))
        terms.append(math.log(total) - row[label])
        slopes.append([math.exp(v) / total - (j == label) for j, v in enumerate(row)])
    assert value == pytest.approx(math.fsum(terms) / len(rows), rel=1e-12, abs=1e-13)
    np.testing.assert_allclose(gradient, np.array(slopes) / len(rows), rtol=0, atol=1e-13)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_of_extreme_logits(dtype):
    outputs = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value, gradient = softmax_cross_entropy(outputs, np.array([2, 0]))
    assert value == pytest.approx((2e4 + math.log(3)) / 2, rel=1e-6)
    expected = np.array([[1, 0, -1], [-2 / 3, 1 / 3, 1 / 3]]) / 2
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


def test_a_sure_and_right_answer_costs_nothing_and_a_blind_guess_log_of_the_classes():
    assert softmax_cross_entropy(np.array([[1e3, 0.0]]), np.array([0]))[0] == 0.0
    blind = softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 9]))[0]
    assert blind == pytest.approx(math.log(10), rel=1e-15)


def test_squares_are_halved_summed_over_outputs_and_averaged_over_rows():
    value, gradient = mean_squared_error(np.array([[1.0, 2.0], [3.0, 5.0]]), np.zeros((2, 2)))
    assert value == (1 + 4 + 9 + 25) / 4
    assert gradient.tolist() == [[0.5, 1.0], [1.5, 2.5]]


def test_the_losses_do_not_write_into_their_arguments():
    outputs, labels = np.ones((2, 3)), np.array([0, 1])
    softmax_cross_entropy(outputs, labels)
    mean_squared_error(outputs, np.zeros((2, 3)))
    assert np.all(outputs == 1)
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_he_initialization(dtype):
    model = MLP((200, 300, 100))
    params = model.init(np.random.default_rng(0), dtype)
    assert params.shape == (model.layout.size,) == (200 * 300 + 300 + 300 * 100 + 100,)
    assert params.dtype == dtype
    views = model.layout.views(params)
    assert not views["b1"].any()
    assert not views["b2"].any()
    for name, fan_in in (("W1", 200), ("W2", 300)):
        # The sample's mean and variance, within four standard errors of 0 and 2 / fan_in.
        w, variance = views[name].astype(float).ravel(), 2 / fan_in
        assert abs(w.mean()) < 4 * math.sqrt(variance / w.size)
        assert abs(w.var() - variance) < 4 * variance * math.sqrt(2 / w.size)
        # Normal, and not merely of that variance: 68.3 % lie within one standard deviation.
        inside = np.mean(np.abs(w) < math.sqrt(variance))
        assert abs(inside - 0.6827) < 4 * math.sqrt(0.6827 * 0.3173 / w.size)


def test_initialization_is_a_function_of_the_generator():
    model = MLP((5, 4, 3))
    one, two, three = (model.init(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, three)


def test_the_layout_names_each_matrix_in_the_order_of_the_layers():
    model = MLP((4, 5, 3))
    assert model.depth == 2
    assert list(model.layout.shapes.items()) == [
        ("W1", (4, 5)),
        ("b1", (5,)),
        ("W2", (5, 3)),
        ("b2", (3,)),
    ]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_network_survives_a_copy_before_and_after_its_use(again):
    model = MLP((4, 3))
    fresh = again(model)
    params = model.init(np.random.default_rng(0))
    for twin in (fresh, again(model)):
        assert twin == model
        assert np.array_equal(twin.init(np.random.default_rng(0)), params)


def size(net):
    return net.layout.size


def test_a_used_network_goes_to_other_processes():
    net = MLP((4, 3))
    expected = [({"net": net}, net.layout.size)]
    with ProcessPoolExecutor(1) as pool:
        assert sweep(size, {"net": [net]}, pool) == expected


def test_integer_targets_leave_float32_as_it_is():
    outputs = np.float32([[0.5, 2.0]])
    value, gradient = mean_squared_error(outputs, [[1, 0]])
    assert value == (0.25 + 4) / 2
    assert gradient.dtype == np.float32
    assert gradient.tolist() == [[-0.5, 2.0]]


def test_a_gradient_refused_leaves_its_place_as_it_was():
    model, params, x, _ = example((4, 3), softmax_cross_entropy)
    out = np.full_like(params, 7)
    with pytest.raises(ValueError, match="labels must be in"):
        model.value_and_grad(params, x, np.full(len(x), 3), out)
    assert np.all(out == 7)
