//! Sizes as a person types them: a number and a unit.

use std::fmt;
use std::str::FromStr;

/// Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SizeError {
    NotANumber,
    Negative,
    NoUnit,
    UnknownUnit(String),
    TooLarge,
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("not a number with a unit, such as 512MiB or 20GiB"),
            Self::Negative => f.write_str("a size cannot be negative"),
            Self::NoUnit => f.write_str("the unit is missing: write for example 512MiB or 20GiB"),
            Self::UnknownUnit(unit) => write!(
                f,
                "unknown unit '{unit}': there are B, KiB, MiB, GiB, TiB and kB, MB, GB, TB"
            ),
            Self::TooLarge => f.write_str("more than any computer has"),
        }
    }
}

impl std::error::Error for SizeError {}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let text = text.trim();
        if text.starts_with(['-', '−']) {
            return Err(SizeError::Negative);
        }
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number: f64 = number.parse().map_err(|_ignored| SizeError::NotANumber)?;
        let unit = unit.trim();
        let factor: f64 = match unit.to_ascii_lowercase().as_str() {
            "" => return Err(SizeError::NoUnit),
            "b" => 1.0,
            "k" | "kib" => 1024.0,
            "m" | "mib" => 1024.0 * 1024.0,
            "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
            "t" | "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
            "kb" => 1e3,
            "mb" => 1e6,
            "gb" => 1e9,
            "tb" => 1e12,
            _ => return Err(SizeError::UnknownUnit(unit.to_owned())),
        };
        let bytes = number * factor;
        // 2^63: what a qcow2 header and libvirt's signed fields can hold at the very most.
        if bytes >= 9_223_372_036_854_775_808.0 {
            return Err(SizeError::TooLarge);
        }
        Ok(Self(bytes.round() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_binary_and_decimal_units() {
        assert_eq!("512MiB".parse(), Ok(Size(512 << 20)));
        assert_eq!("2 GiB".parse(), Ok(Size(2 << 30)));
        assert_eq!("1.5g".parse(), Ok(Size(3 << 29)));
        assert_eq!("20GB".parse(), Ok(Size(20_000_000_000)));
        assert_eq!("0B".parse(), Ok(Size(0)));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!("512".parse::<Size>(), Err(SizeError::NoUnit));
        assert_eq!("-1GiB".parse::<Size>(), Err(SizeError::Negative));
        assert_eq!(
            "1e30GiB".parse::<Size>(),
            Err(SizeError::UnknownUnit("e30GiB".to_owned()))
        );
        assert_eq!("999999999999TiB".parse::<Size>(), Err(SizeError::TooLarge));
        assert_eq!("GiB".parse::<Size>(), Err(SizeError::NotANumber));
        assert_eq!("1.2.3GiB".parse::<Size>(), Err(SizeError::NotANumber));
        assert_eq!("".parse::<Size>(), Err(SizeError::NotANumber));
        assert_eq!(
            "10 parsecs".parse::<Size>(),
            Err(SizeError::UnknownUnit("parsecs".to_owned()))
        );
    }
}
