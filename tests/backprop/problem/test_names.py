from tinydrill.backprop.problem import EXAMPLES, Layer, Names, Problem, Sample, name_parts


def test_the_seeds_weights_feed_the_units_they_always_fed() -> None:
    hidden, output = Names(EXAMPLES["seed"]).layers
    assert hidden.weights == (("w1", "w2"), ("w3", "w4"))
    assert output.weights == (("w5", "w6"), ("w7", "w8"))
    assert (*hidden.sums, *hidden.outputs, *output.sums) == ("h1", "h2", "a_h1", "a_h2", "o1", "o2")


def test_a_shared_bias_has_one_name_a_layer() -> None:
    hidden, output = Names(EXAMPLES["mazur"]).layers
    assert (hidden.biases, output.biases) == (("b1", "b1"), ("b2", "b2"))


def test_a_second_hidden_layer_goes_on_counting() -> None:
    square = ((1.0, 2.0), (3.0, 4.0))
    problem = Problem("", (Layer("tanh", square),) * 2 + (Layer("linear", square),),
                      (Sample((1.0, 1.0), (1.0, 1.0)),))  # fmt: skip
    names = Names(problem)
    assert [layer.sums for layer in names.layers] == [("h1", "h2"), ("h3", "h4"), ("o1", "o2")]
    assert names.layers[2].weights == (("w9", "w10"), ("w11", "w12"))


def test_parts_of_a_name() -> None:
    assert name_parts("w12") == ("w", "12", "")
    assert name_parts("a_h1[2]") == ("a", "h1", "2")
    assert name_parts("E_total") == ("E", "total", "")
    assert name_parts("rate") == ("rate", "", "")
