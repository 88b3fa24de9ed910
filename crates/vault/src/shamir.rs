//! Shamir's secret sharing over GF(2^8): any `threshold` of the shares give the secret, fewer give nothing.
//!
//! The field is that of the polynomial x^8 + x^4 + x^3 + x^2 + 1, one polynomial for each byte of the secret;
//! a share is the values at one point that is not zero. There are no tables and no branches on secret bytes,
//! so neither time nor cache tell them. The crates that do the same look values up in tables, and the one that
//! is kept up puts equal points into its interpolation; it serves the tests as a second implementation.
//!
//! Which shares belong together, and whether one was misspelt, is told by what wraps them (`shares.rs`):
//! the mathematics alone gives a wrong secret for a wrong share.

use kernel::Random;
use zeroize::Zeroizing;

/// The low byte of the field's polynomial.
const REDUCTION: u8 = 0x1d;

/// The values at `points` (distinct, not zero) of random polynomials of degree `threshold - 1` through `secret`.
pub(crate) fn split(
    secret: &[u8],
    threshold: u8,
    points: &[u8],
    random: &dyn Random,
) -> Vec<Zeroizing<Vec<u8>>> {
    let degree = usize::from(threshold.saturating_sub(1));
    let mut coefficients = Zeroizing::new(vec![0; secret.len() * degree]);
    random.fill(&mut coefficients);
    let value = |place: usize, constant: u8, point: u8| {
        let own = coefficients.iter().skip(place * degree).take(degree);
        // Horner's rule from the highest coefficient down to the secret itself.
        let high = own.rev().fold(0, |sum, coefficient| multiply(sum, point) ^ coefficient);
        multiply(high, point) ^ constant
    };
    let share = |point: &u8| {
        let bytes = secret.iter().enumerate().map(|(place, byte)| value(place, *byte, *point));
        Zeroizing::new(bytes.collect())
    };
    points.iter().map(share).collect()
}

/// The secret through these shares (point and values), by Lagrange's formula at zero. Points must be distinct
/// and not zero, values of one length; that is for the caller to check.
pub(crate) fn combine(shares: &[(u8, &[u8])]) -> Zeroizing<Vec<u8>> {
    let length = shares.first().map_or(0, |(_, values)| values.len());
    let mut secret = Zeroizing::new(vec![0; length]);
    for (point, values) in shares {
        let others = shares.iter().filter(|(other, _)| other != point);
        let weight =
            others.fold(1, |weight, (other, _)| multiply(weight, multiply(*other, inverse(*other ^ *point))));
        secret.iter_mut().zip(*values).for_each(|(sum, value)| *sum ^= multiply(weight, *value));
    }
    secret
}

/// The product in the field, in the same time for all inputs.
const fn multiply(a: u8, b: u8) -> u8 {
    let (mut a, mut b, mut product, mut round) = (a, b, 0_u8, 0);
    while round < 8 {
        // 0xff where the lowest bit of b is set, else 0.
        product ^= a & (b & 1).wrapping_neg();
        let overflow = (a >> 7).wrapping_neg();
        a = (a << 1) ^ (overflow & REDUCTION);
        b >>= 1;
        round += 1;
    }
    product
}

/// The inverse: the power 254, since the 255th is one for all but zero.
const fn inverse(a: u8) -> u8 {
    let (mut result, mut square, mut round) = (1, a, 0);
    // 254 is the sum of 2, 4, …, 128.
    while round < 7 {
        square = multiply(square, square);
        result = multiply(result, square);
        round += 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Seeded;
    use proptest::prelude::*;

    #[test]
    fn every_inverse_gives_one() {
        for a in 1..=255 {
            assert_eq!(multiply(a, inverse(a)), 1, "{a}");
        }
    }

    proptest! {
        #[test]
        fn enough_shares_give_the_secret_and_fewer_do_not(
            secret in proptest::collection::vec(any::<u8>(), 16..40),
            threshold in 2_u8..6, more in 0_u8..4, seed: u64,
        ) {
            let points: Vec<u8> = (1..=threshold + more).collect();
            let values = split(&secret, threshold, &points, &Seeded::new(seed));
            let shares: Vec<(u8, &[u8])> = points.iter().copied().zip(values.iter().map(|v| v.as_slice())).collect();
            let last = &shares[usize::from(more)..];
            prop_assert_eq!(&*combine(last), &secret);
            prop_assert_eq!(&*combine(&shares), &secret);
            prop_assert_ne!(&*combine(&last[1..]), &secret);
        }

        /// `blahaj` was written by others and looks products up in tables: each reads what the other made.
        #[test]
        fn a_second_implementation_agrees(
            secret in proptest::collection::vec(any::<u8>(), 32), threshold in 2_u8..6, seed: u64,
        ) {
            let points: Vec<u8> = (1..=threshold).collect();
            let values = split(&secret, threshold, &points, &Seeded::new(seed));
            let foreign: Vec<blahaj::Share> = points
                .iter()
                .zip(&values)
                .map(|(point, values)| {
                    let bytes: Vec<u8> = std::iter::once(*point).chain(values.iter().copied()).collect();
                    blahaj::Share::try_from(bytes.as_slice()).unwrap()
                })
                .collect();
            prop_assert_eq!(blahaj::Sharks(threshold).recover(&foreign).unwrap(), secret.clone());

            let theirs: Vec<Vec<u8>> =
                blahaj::Sharks(threshold).dealer(&secret).take(usize::from(threshold)).map(|s| Vec::from(&s)).collect();
            let shares: Vec<(u8, &[u8])> = theirs.iter().map(|bytes| (bytes[0], &bytes[1..])).collect();
            prop_assert_eq!(&*combine(&shares), &secret);
        }
    }
}
