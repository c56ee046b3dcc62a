//! Who may look: nobody is asked, or a password of eight letters (RFC 6143, 7.2.2).

use des::Des;
use des::cipher::{Array, BlockCipherEncrypt as _, KeyInit as _};

pub(super) const CHALLENGE_BYTES: usize = 16;
/// Of a password, no more letters count.
const KEY_BYTES: usize = 8;

/// The challenge, encrypted by the password. The protocol turns the bits of each letter around.
pub(super) fn answer(password: &str, challenge: [u8; CHALLENGE_BYTES]) -> [u8; CHALLENGE_BYTES] {
    let mut key = [0; KEY_BYTES];
    for (to, letter) in key.iter_mut().zip(password.bytes()) {
        *to = letter.reverse_bits();
    }
    let cipher = Des::new(&Array(key));
    let mut answer = challenge;
    for half in answer.as_chunks_mut::<8>().0 {
        let mut block = Array(*half);
        cipher.encrypt_block(&mut block);
        *half = block.0;
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_one_that_servers_expect() {
        // Computed by OpenSSL: des-ecb with the key 0e86ceceeef64e26, "password" with the bits of each letter reversed.
        let challenge = *b"0123456789abcdef";
        let expected = [
            0x56, 0x45, 0xab, 0xeb, 0x5f, 0x1e, 0x64, 0x75, 0xe8, 0xfe, 0xb1, 0x1b, 0xeb, 0x66, 0xea, 0x19,
        ];
        assert_eq!(answer("password", challenge), expected);
        assert_eq!(answer("password, of which eight letters count", challenge), expected);
        assert_ne!(answer("pass", challenge), expected);
    }
}
