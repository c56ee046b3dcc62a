//! Amounts of bytes, in libvirt's units.

use std::fmt;

/// In bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// What a user reads, the largest first.
const SHOWN: [&str; 6] = ["EiB", "PiB", "TiB", "GiB", "MiB", "KiB"];
/// Digits after a decimal point that still count.
const MAX_DECIMALS: usize = 9;

/// Why a text is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeProblem {
    NotANumber,
    /// 512 of what?
    NoUnit,
    UnknownUnit,
    TooLarge,
}

impl Size {
    /// So many of a unit. `None`: unknown, or more than fits.
    pub fn of(count: u64, unit: &str) -> Option<Self> {
        bytes_in_unit(unit)?.checked_mul(count).map(Self)
    }

    /// `2GiB`, `1.5 GiB`, `512 MB`. A bare number is bytes where `is_plain`.
    pub fn parse(text: &str, is_plain: bool) -> Result<Self, SizeProblem> {
        let text = text.trim();
        let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || decimals.len() > MAX_DECIMALS || decimals.contains('.') || number.ends_with('.') {
            return Err(SizeProblem::NotANumber);
        }
        let unit = unit.trim();
        // What a computer prints for a very large number.
        if unit.starts_with(['e', 'E'])
            && unit[1..].starts_with(|letter: char| letter.is_ascii_digit() || "+-".contains(letter))
        {
            return Err(SizeProblem::NotANumber);
        }
        if unit.is_empty() && !is_plain {
            return Err(SizeProblem::NoUnit);
        }
        let unit = bytes_in_unit(unit).ok_or(SizeProblem::UnknownUnit)?;
        let whole: u128 = whole.parse().map_err(|_overflow| SizeProblem::TooLarge)?;
        let scale = 10_u128.pow(decimals.len() as u32);
        let parts: u128 = if decimals.is_empty() {
            0
        } else {
            decimals.parse().map_err(|_overflow| SizeProblem::NotANumber)?
        };
        let bytes = whole
            .checked_mul(u128::from(unit))
            .and_then(|bytes| bytes.checked_add((parts * u128::from(unit)).div_ceil(scale)));
        let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok());
        bytes.map(Self).ok_or(SizeProblem::TooLarge)
    }
}

/// In the largest unit in which it is whole: `2GiB`, `1536MiB`.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SHOWN.iter().filter_map(|unit| Some((unit, bytes_in_unit(unit)?)));
        let mut whole = whole.filter(|(_, one)| self.0 != 0 && self.0.is_multiple_of(*one));
        match whole.next() {
            Some((unit, one)) => write!(f, "{}{unit}", self.0 / one),
            None => write!(f, "{}B", self.0),
        }
    }
}

/// libvirt's scaled integers: `k` and `KiB` are 1024, `KB` is 1000, in any case of letters.
pub(crate) fn bytes_in_unit(unit: &str) -> Option<u64> {
    let lower = unit.to_ascii_lowercase();
    if matches!(lower.as_str(), "" | "b" | "byte" | "bytes") {
        return Some(1);
    }
    let (letter, suffix) = lower.split_at_checked(1)?;
    let base: u64 = match suffix {
        "" | "ib" => 1024,
        "b" => 1000,
        _ => return None,
    };
    let power = ["k", "m", "g", "t", "p", "e"]
        .iter()
        .position(|&known| known == letter)?;
    base.checked_pow(power as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for (text, bytes) in [
            ("2GiB", 2 << 30),
            (" 1.5 GiB ", 3 << 29),
            ("512M", 512 << 20),
            ("1kb", 1000),
            ("7b", 7),
            ("0.1KiB", 103),
            ("15EiB", 15 << 60),
        ] {
            assert_eq!(Size::parse(text, false), Ok(Size(bytes)), "{text}");
        }
        assert_eq!(Size::parse("4096", true), Ok(Size(4096)));
    }

    #[test]
    fn what_is_no_size_is_told_apart() {
        use SizeProblem::{NoUnit, NotANumber, TooLarge, UnknownUnit};
        for (text, problem) in [
            ("", NotANumber),
            ("-1GiB", NotANumber),
            ("1e30", NotANumber),
            ("1E+3", NotANumber),
            ("1.", NotANumber),
            ("1.2.3GiB", NotANumber),
            ("1.0000000001GiB", NotANumber),
            ("512", NoUnit),
            ("5GB/s", UnknownUnit),
            ("5 parsecs", UnknownUnit),
            ("16EiB", TooLarge),
            ("99999999999999999999999999999999999999999KiB", TooLarge),
        ] {
            assert_eq!(Size::parse(text, false), Err(problem), "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_read_as_the_same() {
        for (bytes, shown) in [
            (0, "0B"),
            (1023, "1023B"),
            (1 << 31, "2GiB"),
            (3 << 29, "1536MiB"),
            (1000, "1000B"),
        ] {
            assert_eq!(Size(bytes).to_string(), shown);
            assert_eq!(Size::parse(shown, false), Ok(Size(bytes)));
        }
    }
}
