//! The callback names that client libraries generate.

use super::grammar::is_identifier_part;

/// Returns whether a client library generates this name.
///
/// Only names with dots or indexes are listed: the others, such as jQuery's `jQuery3510123_456`, are single
/// identifiers. `window.name` is the same function as `name`.
pub(super) fn is_generated_name(name: &str) -> bool {
    let name = name.strip_prefix("window.").unwrap_or(name);
    SHAPES.iter().any(|shape| shape.matches(name))
}

/// The names that consist of `before`, a part that differs between requests, and `after`.
#[derive(Debug)]
struct Shape {
    before: &'static str,
    part: Part,
    after: &'static str,
}

/// The part of a name that differs between requests.
#[derive(Debug)]
enum Part {
    /// The name is always the same.
    Empty,
    /// A decimal number.
    Number,
    /// Letters, digits, `_` and `$`, such as a number to the base 36.
    Word,
}

impl Shape {
    fn matches(&self, name: &str) -> bool {
        let part = name.strip_prefix(self.before).and_then(|rest| rest.strip_suffix(self.after));
        part.is_some_and(|part| self.part.matches(part.as_bytes()))
    }
}

impl Part {
    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Empty => text.is_empty(),
            Self::Number => !text.is_empty() && text.iter().all(u8::is_ascii_digit),
            Self::Word => !text.is_empty() && is_identifier_part(text),
        }
    }
}

const fn fixed(name: &'static str) -> Shape {
    Shape { before: name, part: Part::Empty, after: "" }
}

const fn number(before: &'static str, after: &'static str) -> Shape {
    Shape { before, part: Part::Number, after }
}

const fn word(before: &'static str) -> Shape {
    Shape { before, part: Part::Word, after: "" }
}

/// Each name belongs to a library. No shape contains every member of an object: an element with an `id` is a
/// global object, too, and has methods such as `submit`.
const SHAPES: [Shape; 26] = [
    // AngularJS: `$jsonpCallbacks`.
    word("angular.callbacks._"),
    // Angular 2 to 5: `@angular/http`.
    number("__ng_jsonp__.__req", ".finished"),
    // ASP.NET AJAX: `Sys.Net.WebServiceProxy`.
    number("Sys._jsonp", ""),
    // Bing Maps.
    word("Microsoft.Maps.NetworkCallbacks.f"),
    // CKEditor: `CKEDITOR.tools.jsonp`, and the plugin `embedbase`.
    number("CKEDITOR._.jsonpCallbacks[", "]"),
    // Closure Library: `goog.net.Jsonp`.
    word("_callbacks_._"),
    // Dojo: `dojo/request/script`, `dojo.io.script`.
    number("dojo_request_script_callbacks.dojo_request_script", ""),
    number("dojo.io.script.jsonp_dojoIoScript", "._jsonpCallback"),
    // Esri Leaflet, with `window.`. https://github.com/Esri/esri-leaflet/issues/762
    number("_EsriLeafletCallbacks.c", ""),
    // Ext JS and Sencha Touch: `Ext.data.JsonP`, `Ext.util.JSONP`.
    number("Ext.data.JsonP.callback", ""),
    fixed("Ext.util.JSONP.callback"),
    // Google Charts, Google's loader, Google Maps.
    fixed("google.visualization.Query.setResponse"),
    fixed("google.loader.callbacks.maps"),
    word("_xdc_._"),
    // Google Web Toolkit: `JsonpRequest`.
    number("__gwt_jsonp__.P", ".onSuccess"),
    number("__gwt_jsonp__.P", ".onFailure"),
    // Jindo, with `window.`.
    word("__jindo_callback._"),
    word("__jindo2_callback._"),
    // Leaflet.ajax.
    number("_leafletJSONPcallbacks._", ""),
    // MooTools: `Request.JSONP`.
    number("Request.JSONP.request_map.request_", ""),
    // OpenLayers 2: `OpenLayers.Protocol.Script`.
    number("OpenLayers.Protocol.Script.registry.c", ""),
    number("OpenLayers.Protocol.Script.registry.regId", ""),
    // YUI 2: `YAHOO.util.ScriptNodeDataSource`.
    fixed("YAHOO.util.ScriptNodeDataSource.callbacks"),
    number("YAHOO.util.ScriptNodeDataSource.callbacks[", "]"),
    // YUI 3: `JSONPRequest`, `DataSource.Get`.
    word("YUI.Env.JSONP.yui_"),
    word("YUI.Env.DataSource.callbacks.yui_"),
];
