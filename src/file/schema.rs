use schemars::Schema;

/// The same with each description on one line, whatever the width of the source.
pub(crate) fn unwrapped(mut schema: Schema) -> Schema {
    let properties = schema.get_mut("properties").and_then(|properties| properties.as_object_mut());
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        if let Some(description) = property.get_mut("description") {
            let line = description.as_str().map(|text| text.replace('\n', " "));
            *description = line.into();
        }
    }
    schema
}

/// The schema of values that are one of some words.
macro_rules! schema_of_words {
    ($($value:ident),+ $(,)?) => {
        $(impl schemars::JsonSchema for $value {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($value).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words = <$value as crate::file::words::Words>::WORDS;
                schemars::json_schema!({ "type": "string", "enum": words })
            }
        })+
    };
}

pub(crate) use schema_of_words;
