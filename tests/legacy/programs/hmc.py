"""Hybrid Monte Carlo on a correlated Gaussian: leapfrog by scan, an adapted step, `switch`."""

import numpy
from theano import config, function, scan, shared
from theano import tensor as TT
from theano.tensor.shared_randomstreams import RandomStreams


def kinetic(velocity):
    return 0.5 * (velocity ** 2).sum(axis=1)


def hamiltonian(position, velocity, energy):
    return energy(position) + kinetic(velocity)


def accept(before, after, stream):
    difference = before - after
    return TT.exp(difference) - stream.uniform(size=before.shape) >= 0


def leapfrog(position, velocity, step, energy, n_steps):
    def one(pos, vel, step):
        half = vel - 0.5 * step * TT.grad(energy(pos).sum(), pos)
        new = pos + step * half
        return [new, half - 0.5 * step * TT.grad(energy(new).sum(), new)]

    (all_pos, all_vel), updates = scan(
        one, outputs_info=[dict(initial=position), dict(initial=velocity)],
        non_sequences=[step], n_steps=n_steps,
    )
    assert not updates
    return all_pos[-1], all_vel[-1]


class Sampler(object):
    def __init__(self, initial, energy, step=0.1, n_steps=8, target=0.9, seed=12345):
        self.positions = shared(numpy.asarray(initial, dtype=config.floatX), name="positions")
        self.step = shared(numpy.asarray(step, dtype=config.floatX), "step")
        self.rate = shared(numpy.asarray(target, dtype=config.floatX), "rate")
        stream = RandomStreams(seed)
        velocity = stream.normal(size=self.positions.shape)
        position, final = leapfrog(self.positions, velocity, self.step, energy, n_steps)
        accepted = accept(
            hamiltonian(self.positions, velocity, energy),
            hamiltonian(position, final, energy),
            stream,
        )
        mask = accepted.dimshuffle(*(tuple(range(accepted.ndim)) + ("x",) * (position.ndim - 1)))
        rate = TT.mean(accepted, dtype=config.floatX)
        longer = TT.switch(self.rate > target, 1.02 * self.step, 0.98 * self.step)
        self.simulate = function(
            [],
            [accepted.astype("int8"), TT.sum(kinetic(final))],
            updates=[
                (self.positions, TT.switch(mask, position, self.positions)),
                (self.step, TT.clip(longer, 0.001, 0.25)),
                (self.rate, TT.add(0.9 * self.rate, 0.1 * rate)),
            ],
        )

    def draw(self):
        accepted, energy = self.simulate()
        return self.positions.get_value(borrow=False), accepted, energy


rng = numpy.random.RandomState(123)
mu = numpy.array(rng.rand(4) * 10, dtype=config.floatX)
cov = rng.rand(4, 4).astype(config.floatX)
cov = (cov + cov.T) / 2.0
cov[numpy.arange(4), numpy.arange(4)] = 2.0
cov_inv = numpy.linalg.inv(cov)


def gaussian_energy(x):
    return 0.5 * (TT.dot((x - mu), cov_inv) * (x - mu)).sum(axis=1)


sampler = Sampler(rng.randn(5, 4), gaussian_energy)
trace = []
samples = []
for i in range(150):
    positions, accepted, energy = sampler.draw()
    samples.append(positions)
    if i % 10 == 0:
        trace.append([positions.tolist(), accepted.tolist(), float(energy)])
samples = numpy.array(samples[50:]).reshape(-1, 4)
print("mean ", numpy.round(samples.mean(axis=0), 2), "wanted", numpy.round(mu, 2))
print("step %.6f, acceptance %.6f" % (sampler.step.get_value(), sampler.rate.get_value()))
trace.append([float(sampler.step.get_value()), float(sampler.rate.get_value())])
