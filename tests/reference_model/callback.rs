//! The syntax of callback names, byte by byte. COMPANIONS section 1, J2 and J3.

/// Returns `true` if the default policy accepts the name.
pub(crate) fn is_default_callback(text: &[u8]) -> bool {
    let (Some(members), Ok(text)) = (members(text), std::str::from_utf8(text)) else {
        return false;
    };
    !is_dangerous(text) && (members == [text] || is_of_client_library(text))
}

/// Returns `true` if the name is a global with power over a window.
pub(crate) fn is_dangerous(text: &str) -> bool {
    let names: Vec<&str> = text.split('.').collect();
    let Some((global, windows)) = names.split_last() else { return false };
    let has_power = "$ Function alert cancelAnimationFrame cancelIdleCallback clearImmediate clearInterval \
         clearTimeout close confirm document eval execScript fetch fetchLater frames getScreenDetails \
         globalThis importScripts jQuery location navigate navigator open openDatabase openDialog opener \
         parent postMessage print prompt queryLocalFonts reportError require requirejs self setImmediate \
         setInterval setTimeout showDirectoryPicker showModalDialog showOpenFilePicker \
         showSaveFilePicker stop top webkitCancelAnimationFrame webkitCancelRequestAnimationFrame \
         webkitRequestFileSystem webkitResolveLocalFileSystemURL window";
    let is_window = |name: &&str| {
        "frames globalThis opener parent self top window".split(' ').any(|one| one == *name)
    };
    has_power.split_whitespace().any(|name| name == *global) && windows.iter().all(is_window)
}

/// Returns `true` if a client library generates the name. `#` is a number, and `*` is a word.
fn is_of_client_library(text: &str) -> bool {
    let shapes = "angular.callbacks._* __ng_jsonp__.__req#.finished Sys._jsonp# \
         Microsoft.Maps.NetworkCallbacks.f* CKEDITOR._.jsonpCallbacks[#] _callbacks_._* \
         dojo_request_script_callbacks.dojo_request_script# \
         dojo.io.script.jsonp_dojoIoScript#._jsonpCallback _EsriLeafletCallbacks.c# \
         Ext.data.JsonP.callback# Ext.util.JSONP.callback google.visualization.Query.setResponse \
         google.loader.callbacks.maps _xdc_._* __gwt_jsonp__.P#.onSuccess __gwt_jsonp__.P#.onFailure \
         __jindo_callback._* __jindo2_callback._* _leafletJSONPcallbacks._# \
         Request.JSONP.request_map.request_# OpenLayers.Protocol.Script.registry.c# \
         OpenLayers.Protocol.Script.registry.regId# YAHOO.util.ScriptNodeDataSource.callbacks \
         YAHOO.util.ScriptNodeDataSource.callbacks[#] YUI.Env.JSONP.yui_* \
         YUI.Env.DataSource.callbacks.yui_*";
    let text = text.strip_prefix("window.").unwrap_or(text);
    shapes.split_whitespace().any(|shape| {
        let is_part = |part: char| {
            let is_word = part.is_ascii_alphanumeric() || part == '_' || part == '$';
            if shape.contains('#') { part.is_ascii_digit() } else { is_word }
        };
        match shape.split_once(['#', '*']) {
            None => text == shape,
            Some((before, after)) => {
                text.len() > before.len() + after.len()
                    && text.starts_with(before)
                    && text.ends_with(after)
                    && text[before.len()..text.len() - after.len()].chars().all(is_part)
            }
        }
    })
}

/// Returns the identifiers of a callback name; `None` if the name is invalid.
pub(crate) fn members(text: &[u8]) -> Option<Vec<String>> {
    if text.len() > 128 || !text.is_ascii() {
        return None;
    }
    let mut rest: Vec<char> = text.iter().rev().map(|byte| char::from(*byte)).collect();
    let mut members = Vec::new();
    loop {
        let mut name = String::new();
        while rest.last().is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '$') {
            name.extend(rest.pop());
        }
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || is_reserved(&name) {
            return None;
        }
        members.push(name);
        while rest.last() == Some(&'[') {
            rest.pop();
            let mut index = String::new();
            while rest.last().is_some_and(char::is_ascii_digit) {
                index.extend(rest.pop());
            }
            let is_number = !index.is_empty() && index.len() <= 9;
            // In scripts, `010` can mean 8.
            let has_zero = index.len() > 1 && index.starts_with('0');
            if !is_number || has_zero || rest.pop() != Some(']') {
                return None;
            }
        }
        match rest.pop() {
            None => return Some(members),
            Some('.') => {}
            Some(_) => return None,
        }
    }
}

fn is_reserved(name: &str) -> bool {
    // The lists are: keywords; reserved words of strict code; literals; `enum` and `await`.
    let words = "break case catch class const continue debugger default delete do else export extends \
                 finally for function if import in instanceof new return super switch this throw try \
                 typeof var void while with yield \
                 implements interface let package private protected public static \
                 null true false \
                 enum await";
    words.split(' ').any(|word| word == name)
}
