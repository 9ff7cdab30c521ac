//! What may be told of a panic.

use core::any::Any;

/// The words of a panic where they stand in the code as they are. Others may have been made of a text,
/// a number or a secret, and are not told.
pub fn words(payload: &(dyn Any + Send)) -> &'static str {
    let words = payload.downcast_ref::<&'static str>();
    words.copied().unwrap_or("its words may be private")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_in_words_of_the_code_alone() {
        let body = "private";
        let of = |panics: fn(&str)| std::panic::catch_unwind(|| panics(body)).unwrap_err();
        let made = of(|body| panic!("no char boundary in {body}"));
        assert_eq!(words(made.as_ref()), "its words may be private");
        let plain = of(|_| panic!("out of bounds"));
        assert_eq!(words(plain.as_ref()), "out of bounds");
    }
}
