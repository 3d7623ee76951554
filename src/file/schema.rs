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
