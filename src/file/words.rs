/// Reads and writes a value that is one of some words, as a file has them.
macro_rules! words {
    ($value:ty, $expected:literal, { $($variant:ident => $word:literal),+ $(,)? }) => {
        /// # Errors
        ///
        /// The format's own, for another word.
        impl<'de> serde::Deserialize<'de> for $value {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;

                impl serde::de::Visitor<'_> for Word {
                    type Value = $value;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$value, E> {
                        match word {
                            $($word => Ok(<$value>::$variant),)+
                            _ => Err(E::unknown_variant(word, &[$($word),+])),
                        }
                    }
                }

                deserializer.deserialize_str(Word)
            }
        }

        /// # Errors
        ///
        /// The format's own.
        impl serde::Serialize for $value {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(match self {
                    $(<$value>::$variant => $word,)+
                })
            }
        }

        impl crate::file::words::Words for $value {
            const WORDS: &'static [&'static str] = &[$($word),+];
        }
    };
}

pub(crate) use words;

/// What is one of some words.
#[cfg_attr(not(feature = "schemars"), expect(dead_code, reason = "the schema names them"))]
pub(crate) trait Words {
    const WORDS: &'static [&'static str];
}
