"""Part 2: tiny networks on MNIST, from a net as data to a record that proves its accuracy."""
