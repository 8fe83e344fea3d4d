//! The distributions that lives are drawn from, over a generator that is the same everywhere.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub struct Chance(ChaCha8Rng);

impl Chance {
    /// One stream of a seed; streams of the same seed do not resemble each other.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub fn uniform(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    /// From the first to below the second.
    pub fn whole(&mut self, from: usize, to: usize) -> usize {
        self.0.random_range(from..to)
    }

    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        mean + deviation * radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// The gamma distribution of shape two.
    pub fn gamma_2(&mut self, scale: f64) -> f64 {
        self.exponential(scale) + self.exponential(scale)
    }

    pub fn poisson(&mut self, mean: f64) -> usize {
        let floor = (-mean).exp();
        let (mut count, mut product) = (0, self.unit());
        while product > floor {
            count += 1;
            product *= self.unit();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_those_of_the_distributions() {
        let mut chance = Chance::new(1, 0);
        let mut moments = |draw: &mut dyn FnMut(&mut Chance) -> f64| {
            let draws: Vec<f64> = (0..40_000).map(|_| draw(&mut chance)).collect();
            let mean = draws.iter().sum::<f64>() / 40_000.0;
            let square = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 40_000.0;
            (mean, square.sqrt())
        };
        let near = |(mean, deviation): (f64, f64), expected: (f64, f64)| {
            assert!((mean - expected.0).abs() < 0.03 * expected.1.max(1.0), "{mean} {expected:?}");
            assert!((deviation / expected.1 - 1.0).abs() < 0.03, "{deviation} {expected:?}");
        };
        near(moments(&mut |c| c.normal(5.0, 2.0)), (5.0, 2.0));
        near(moments(&mut |c| c.exponential(3.0)), (3.0, 3.0));
        near(moments(&mut |c| c.gamma_2(0.75)), (1.5, 1.5 / 2.0_f64.sqrt()));
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        near(moments(&mut |c| c.poisson(1.5) as f64), (1.5, 1.5_f64.sqrt()));
        near(moments(&mut |c| c.uniform(2.0, 4.0)), (3.0, 2.0 / 12.0_f64.sqrt()));
    }
}
