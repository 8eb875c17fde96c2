//! Random bytes for ids, keys, secrets and nonces. Those who make such things take the bytes as an argument;
//! this is where they come from.

/// Bytes nobody can guess, from a generator that the system seeds.
#[expect(clippy::disallowed_methods, reason = "the one source of random bytes")]
pub fn bytes<const N: usize>() -> [u8; N]
where
    rand::distr::StandardUniform: rand::distr::Distribution<[u8; N]>,
{
    rand::random()
}
