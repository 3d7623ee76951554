//! Callbacks that a policy allows, decisions about requests, and errors of configurations.
//! COMPANIONS section 1, J1 to J3, J7 and J8. The table of the grammar is in `src/jsonp/grammar.rs`.

use http::{Request, request};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tower_cross_origin::{
    RequestHead,
    jsonp::{
        Callback, CallbackError, CallbackPolicy, Fault, FaultKind, JsonpConfig, JsonpConfigError,
        JsonpDecision, JsonpPolicy, Payload, StatusMode, WithheldReason,
    },
    limits::CALLBACK_BYTES,
};

fn policy(config: JsonpConfig) -> JsonpPolicy {
    JsonpPolicy::new(config).unwrap()
}

fn policy_with(callbacks: CallbackPolicy) -> JsonpPolicy {
    policy(JsonpConfig::new().callbacks(callbacks))
}

#[track_caller]
fn decide(policy: &JsonpPolicy, request: request::Builder) -> JsonpDecision {
    policy.decide(&RequestHead::from(&request.body(()).unwrap()))
}

#[track_caller]
fn query(policy: &JsonpPolicy, query: &str) -> JsonpDecision {
    decide(policy, Request::get(format!("/data?{query}")))
}

fn wrapped(name: &str) -> JsonpDecision {
    JsonpDecision::Wrapped(Callback::parse(name).unwrap())
}

#[test]
fn callback_policies_allow_and_reject_names() {
    use CallbackError::{Dangerous, Malformed, NotAllowed, ReservedWord};
    let one_of = || CallbackPolicy::OneOf(vec!["show".into(), "app.show[0]".into()]);
    let default = CallbackPolicy::default;
    let prefix = |text: &str| CallbackPolicy::Prefix(text.into());
    let any = || CallbackPolicy::custom(|_| true);
    let own = || CallbackPolicy::custom(|callback| callback.as_str().starts_with("app."));
    for (callbacks, value, expected) in [
        (default(), "show", Ok("show")),
        (default(), "window.show", Err(NotAllowed)),
        (default(), "a.b", Err(NotAllowed)),
        (default(), "cb[12]", Err(NotAllowed)),
        (default(), "$._x[1].y", Err(NotAllowed)),
        (default(), "alert", Err(Dangerous)),
        (default(), "window.alert", Err(Dangerous)),
        (default(), "opener.top.close", Err(Dangerous)),
        (default(), "opener.document.forms[0].submit", Err(NotAllowed)),
        (default(), "x.constructor", Err(NotAllowed)),
        (default(), "eval", Err(Dangerous)),
        (default(), "app.eval", Err(NotAllowed)),
        (CallbackPolicy::Identifier, "show", Ok("show")),
        (CallbackPolicy::Identifier, "$_1", Ok("$_1")),
        (CallbackPolicy::Identifier, "a.b", Err(NotAllowed)),
        (CallbackPolicy::Identifier, "a[0]", Err(NotAllowed)),
        (CallbackPolicy::Identifier, "alert", Err(Dangerous)),
        (CallbackPolicy::Identifier, "a;b", Err(Malformed)),
        (prefix("jQuery"), "jQuery1910_1422301960073", Ok("jQuery1910_1422301960073")),
        // jQuery itself runs a text as markup.
        (prefix("jQuery"), "jQuery", Err(Dangerous)),
        (prefix("jQuery"), "jquery1", Err(NotAllowed)),
        (prefix("jQuery"), "jQuery.noop", Err(NotAllowed)),
        (prefix("jQuery"), "jQuery[0]", Err(NotAllowed)),
        (prefix("jQuery"), "a.jQuery", Err(NotAllowed)),
        (prefix("angular.callbacks._"), "angular.callbacks._0", Ok("angular.callbacks._0")),
        (prefix("angular.callbacks._"), "angular.callbacks._0.a", Err(NotAllowed)),
        (prefix("angular."), "angular.new", Err(ReservedWord)),
        // A function of the page's own (Esri/esri-leaflet#762).
        (
            prefix("window._EsriLeafletCallbacks."),
            "window._EsriLeafletCallbacks.c0",
            Ok("window._EsriLeafletCallbacks.c0"),
        ),
        (prefix("window."), "window.top", Err(Dangerous)),
        (prefix("a"), "alert", Err(Dangerous)),
        (prefix("window."), "window.close", Err(Dangerous)),
        (prefix("window."), "window.show", Ok("window.show")),
        (prefix("app."), "app.constructor", Ok("app.constructor")),
        (one_of(), "show", Ok("show")),
        (one_of(), "app.show[0]", Ok("app.show[0]")),
        (one_of(), "app.show[1]", Err(NotAllowed)),
        (one_of(), "shows", Err(NotAllowed)),
        (one_of(), "top", Err(Dangerous)),
        (CallbackPolicy::Indexed("___cb".into()), "0", Ok("___cb[0]")),
        (CallbackPolicy::Indexed("app.cb".into()), "123456789", Ok("app.cb[123456789]")),
        (CallbackPolicy::Indexed("___cb".into()), "1234567890", Err(NotAllowed)),
        (CallbackPolicy::Indexed("___cb".into()), "007", Err(NotAllowed)),
        (CallbackPolicy::Indexed("___cb".into()), "-1", Err(NotAllowed)),
        (CallbackPolicy::Indexed("___cb".into()), "0]", Err(NotAllowed)),
        (CallbackPolicy::Indexed("___cb".into()), "___cb[0]", Err(NotAllowed)),
        (CallbackPolicy::Indexed("___cb".into()), "%D9%A1", Err(NotAllowed)),
        (any(), "alert", Ok("alert")),
        (any(), "opener.document.forms[0].submit", Ok("opener.document.forms[0].submit")),
        (any(), "x.constructor", Ok("x.constructor")),
        (any(), "a..b", Err(Malformed)),
        (any(), "class", Err(ReservedWord)),
        (own(), "app.show", Ok("app.show")),
        (own(), "show", Err(NotAllowed)),
    ] {
        let shown = format!("{callbacks:?} {value:?}");
        let decision = query(&policy_with(callbacks), &format!("callback={value}"));
        let expected = match expected {
            Ok(name) => wrapped(name),
            Err(error) => JsonpDecision::Malformed(error),
        };
        assert_eq!(decision, expected, "{shown}");
    }
}

// S6. No list of forbidden names covers these paths: each element with an `id` is a global. The attack succeeds
// with every path.
#[test]
fn path_through_any_object_of_the_page_is_rejected() {
    let any = policy_with(CallbackPolicy::custom(|_| true));
    let default = JsonpPolicy::default();
    for path in [
        "app.ownerDocument.defaultView.opener.document.forms[0].submit",
        "navigation.navigate",
        "cookieStore.set",
        "$.globalEval",
        "jQuery.globalEval",
        "frame1.top.location.reload",
        "localStorage.clear",
        "sessionStorage.clear",
        "a.__defineGetter__",
        "history.go",
        "history.back",
        "indexedDB.deleteDatabase",
        "document.write",
        "document.forms[0].submit",
        "form1.submit",
        "button1.click",
        "navigator.sendBeacon",
        "close",
        "postMessage",
        "window.postMessage",
        "opener.opener.close",
        "angular.bootstrap",
        "angular.callbacks._0.constructor",
        "angular.callbacks.constructor",
        "Ext.data.JsonP.request",
        "YUI.Env.JSONP.constructor",
        "Request.JSONP.request_map.constructor",
        "google.visualization.Query.setResponse.call",
        "window.window.show",
        "window._EsriLeafletCallbacks.constructor",
        "CKEDITOR._.jsonpCallbacks.push",
    ] {
        let text = format!("callback={path}");
        assert_eq!(query(&any, &text), wrapped(path), "{path}");
        let decision = query(&default, &text);
        assert!(matches!(decision, JsonpDecision::Malformed(_)), "{path}: {decision:?}");
    }
}

#[test]
fn names_of_client_libraries_are_allowed_by_default() {
    let default = JsonpPolicy::default();
    for (library, name) in [
        ("jQuery 1.4", "jsonp1422301960073"),
        ("jQuery 1.5 to 3", "jQuery35108562055646907538_1422301960073"),
        ("jquery-jsonp", "_jqjsp"),
        ("Zepto", "Zepto1422301960073"),
        ("reqwest", "reqwest_1422301960073"),
        ("AngularJS", "angular.callbacks._0"),
        ("AngularJS, base 36", "angular.callbacks._1z"),
        ("Angular 2 to 5", "__ng_jsonp__.__req12.finished"),
        ("Angular", "ng_jsonp_callback_0"),
        ("RxJS DOM 4", "rxjscallback0"),
        ("RxJS DOM", "rxjsjsonpCallbackscallback_1z"),
        ("ASP.NET AJAX", "Sys._jsonp0"),
        ("Bing Maps", "Microsoft.Maps.NetworkCallbacks.f86f67"),
        ("CKEditor", "CKEDITOR._.jsonpCallbacks[123]"),
        ("Closure Library before 2017", "_callbacks_._0k2j3abc"),
        ("Closure Library", "_callbacks____0k2j3abc"),
        ("Dojo 1.8", "dojo_request_script_callbacks.dojo_request_script76"),
        ("Dojo 1.4", "dojo.io.script.jsonp_dojoIoScript35._jsonpCallback"),
        ("Esri Leaflet, Esri/esri-leaflet#762", "window._EsriLeafletCallbacks.c0"),
        ("Ext JS 3", "stcCallback1001"),
        ("Ext JS 4, Sencha Touch 2", "Ext.data.JsonP.callback19"),
        ("Sencha Touch 1", "Ext.util.JSONP.callback"),
        ("Google Charts", "google.visualization.Query.setResponse"),
        ("Google loader", "google.loader.callbacks.maps"),
        ("Google Maps", "_xdc_._v2mub5"),
        ("Google Web Toolkit", "__gwt_jsonp__.P17.onSuccess"),
        ("Google Web Toolkit, failure", "__gwt_jsonp__.P17.onFailure"),
        ("Jindo", "window.__jindo_callback._$3361_0"),
        ("Jindo 2", "window.__jindo2_callback._2171"),
        ("Leaflet.ajax", "_leafletJSONPcallbacks._8562055646907538"),
        ("MooTools", "Request.JSONP.request_map.request_0"),
        ("OpenLayers 2", "OpenLayers.Protocol.Script.registry.c20"),
        ("OpenLayers 2.13", "OpenLayers.Protocol.Script.registry.regId1"),
        ("OpenLayers", "olc_123"),
        ("Prototype", "_prototypeJSONPCallback_0"),
        ("YUI 2", "YAHOO.util.ScriptNodeDataSource.callbacks[1]"),
        ("YUI 2, Yahoo Finance", "YAHOO.util.ScriptNodeDataSource.callbacks"),
        ("YUI 3", "YUI.Env.JSONP.yui_3_18_1_1_1527049824639_2987"),
        ("YUI 3 DataSource", "YUI.Env.DataSource.callbacks.yui_3_17_2_4_1444892757834_746"),
        ("jsonp of npm", "__jp0"),
        ("fetch-jsonp", "jsonp_1422301960073_12345"),
        ("axios-jsonp", "axiosJsonpCallback1"),
        ("superagent-jsonp", "superagentCallback142230196007312"),
        ("Vue Resource", "_jsonp8562055646907538"),
        ("Aurelia", "jsonp_callback_85620"),
        ("Flickr", "jsonFlickrApi"),
    ] {
        assert_eq!(query(&default, &format!("callback={name}")), wrapped(name), "{library}");
        // A longer name is a different function.
        for other in [format!("{name}.a"), format!("a.{name}"), format!("{name}[0][0]")] {
            let decision = query(&default, &format!("callback={other}"));
            let not_allowed = JsonpDecision::Malformed(CallbackError::NotAllowed);
            assert_eq!(decision, not_allowed, "{library}");
        }
    }
}

// R17, Esri/esri-leaflet#762: a setting in a file allows a function of the page's own.
#[test]
fn file_allows_a_function_of_the_page() {
    for (text, name) in [
        ("callbacks = { one_of = ['app.show'] }", "app.show"),
        ("callbacks = { one_of = ['window.App.callbacks.c0'] }", "window.App.callbacks.c0"),
        ("callbacks = { prefix = 'window.App.callbacks.c' }", "window.App.callbacks.c12"),
        ("callbacks = { one_of = ['parent.frames[0].show'] }", "parent.frames[0].show"),
    ] {
        let text_of_query = format!("callback={name}");
        let not_allowed = JsonpDecision::Malformed(CallbackError::NotAllowed);
        assert_eq!(query(&JsonpPolicy::default(), &text_of_query), not_allowed, "{name}");
        let config: JsonpConfig = toml::from_str(text).unwrap();
        assert_eq!(query(&policy(config), &text_of_query), wrapped(name), "{text}");
    }
    let help = CallbackError::NotAllowed.to_string();
    assert!(help.contains("callbacks = { one_of = [\"app.show\"] }"), "{help}");
}

#[test]
fn first_parameter_is_decoded() {
    let default = JsonpPolicy::default();
    for (text, expected) in [
        ("", JsonpDecision::NotHandled),
        ("callback", JsonpDecision::NotHandled),
        ("callback=", JsonpDecision::NotHandled),
        ("cb=x", JsonpDecision::NotHandled),
        ("callback[a]=x", JsonpDecision::NotHandled),
        ("callback=a&callback=b", wrapped("a")),
        ("callback=%63b", wrapped("cb")),
        ("callback=a%5Fb", wrapped("a_b")),
        ("callback=+a", JsonpDecision::Malformed(CallbackError::Malformed)),
        ("callback=%00", JsonpDecision::Malformed(CallbackError::Malformed)),
        ("callback=%D0%B9cb", JsonpDecision::Malformed(CallbackError::Malformed)),
        ("callback=%FF", JsonpDecision::Malformed(CallbackError::Malformed)),
        ("callback=foo;bar()", JsonpDecision::Malformed(CallbackError::Malformed)),
    ] {
        assert_eq!(query(&default, text), expected, "{text}");
    }
    let named = policy(JsonpConfig::new().parameters(["cb"]).parameters(["jsonp"]));
    for (text, expected) in [
        ("callback=a", JsonpDecision::NotHandled),
        ("cb=a&jsonp=b", wrapped("a")),
        ("jsonp=b&cb=a", wrapped("b")),
        ("jsonp=&cb=a", JsonpDecision::NotHandled),
    ] {
        assert_eq!(query(&named, text), expected, "{text}");
    }
}

#[test]
fn callback_limit_applies_after_decoding() {
    let default = JsonpPolicy::default();
    let longest = "a".repeat(CALLBACK_BYTES);
    assert_eq!(query(&default, &format!("callback={longest}")), wrapped(&longest));
    let encoded = "%61".repeat(CALLBACK_BYTES);
    assert_eq!(query(&default, &format!("callback={encoded}")), wrapped(&longest));
    let too_long = JsonpDecision::Malformed(CallbackError::TooLong);
    assert_eq!(query(&default, &format!("callback={longest}a")), too_long);
    assert_eq!(query(&default, &format!("callback={}", "a".repeat(60_000))), too_long);
    assert_eq!(query(&default, &format!("callback={longest}%")), too_long);
}

#[test]
fn only_get_and_head_are_handled() {
    let default = JsonpPolicy::default();
    for (method, expected) in [
        ("GET", wrapped("cb")),
        ("HEAD", wrapped("cb")),
        ("POST", JsonpDecision::NotHandled),
        ("PUT", JsonpDecision::NotHandled),
        ("DELETE", JsonpDecision::NotHandled),
        ("OPTIONS", JsonpDecision::NotHandled),
        ("QUERY", JsonpDecision::NotHandled),
        ("get", JsonpDecision::NotHandled),
    ] {
        let request = Request::builder().method(method).uri("/data?callback=cb");
        assert_eq!(decide(&default, request), expected, "{method}");
    }
    let request = Request::options("*");
    assert_eq!(decide(&default, request), JsonpDecision::NotHandled);
}

// J7 and J8
#[test]
fn strip_credentials_wins_over_allowing_them() {
    let both = JsonpConfig::new().dangerously_allow_credentials(true).strip_credentials(true);
    let request = || Request::get("/?callback=cb").header("cookie", "s=1");
    assert_eq!(decide(&policy(both.clone()), request()), wrapped("cb"));
    // A navigation is not wrapped. Its response is private unless credentials are allowed.
    let navigation = || request().header("sec-fetch-dest", "document");
    let withheld = JsonpDecision::Withheld(WithheldReason::Credentials);
    assert_eq!(decide(&policy(both.clone()), navigation()), withheld);
    let allowed = policy(both.strip_credentials(false));
    let withheld = JsonpDecision::Withheld(WithheldReason::Destination);
    assert_eq!(decide(&allowed, navigation()), withheld);
    let neither = policy(JsonpConfig::new().strip_credentials(false));
    let withheld = JsonpDecision::Withheld(WithheldReason::Credentials);
    assert_eq!(decide(&neither, request()), withheld);
}

#[test]
fn file_keys_are_the_names_of_the_setters() {
    let text = r#"
        paths = ["/feed"]
        parameters = ["cb"]
        callbacks = "identifier"
        status = "envelope"
        payload = "json-parse"
        escape_line_terminators = false
        escape_html = true
        strip_credentials = true
        dangerously_allow_credentials = true
        dangerously_allow_any_destination = true
        file_name = "data.txt"
        content_disposition = false
        hide_parameter = true
        reject_malformed_callbacks = false
    "#;
    let config = JsonpConfig::new()
        .paths(["/feed"])
        .parameters(["cb"])
        .callbacks(CallbackPolicy::Identifier)
        .status(StatusMode::Envelope)
        .payload(Payload::JsonParse)
        .escape_line_terminators(false)
        .escape_html(true)
        .strip_credentials(true)
        .dangerously_allow_credentials(true)
        .dangerously_allow_any_destination(true)
        .file_name("data.txt")
        .content_disposition(false)
        .hide_parameter(true)
        .reject_malformed_callbacks(false);
    assert_eq!(toml::from_str::<JsonpConfig>(text).unwrap(), config);
    let written = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<JsonpConfig>(&written).unwrap(), config, "{written}");
    assert_eq!(toml::to_string(&JsonpConfig::new()).unwrap(), "");
    assert_eq!(toml::from_str::<JsonpConfig>("").unwrap(), JsonpConfig::new());
}

#[test]
fn metadata_and_credentials_withhold_the_callback() {
    type Make = fn() -> JsonpConfig;
    let any_destination: Make = || JsonpConfig::new().dangerously_allow_any_destination(true);
    let allow_credentials: Make = || JsonpConfig::new().dangerously_allow_credentials(true);
    let (destination, worker, credentials) = (
        Some(WithheldReason::Destination),
        Some(WithheldReason::ServiceWorker),
        Some(WithheldReason::Credentials),
    );
    let default: Make = JsonpConfig::new;
    let strip_credentials_: Make = || JsonpConfig::new().strip_credentials(true);
    for (config, headers, expected) in [
        (default, &[][..], None),
        (default, &[("sec-fetch-dest", "script")], None),
        (default, &[("sec-fetch-dest", "empty")], None),
        (default, &[("sec-fetch-dest", "document")], destination),
        (default, &[("sec-fetch-dest", "iframe")], destination),
        (default, &[("sec-fetch-dest", "worker")], destination),
        (default, &[("sec-fetch-dest", "image")], destination),
        (default, &[("sec-fetch-dest", "Script")], destination),
        (default, &[("sec-fetch-dest", "")], destination),
        (default, &[("sec-fetch-dest", "script"), ("sec-fetch-dest", "script")], destination),
        (default, &[("sec-fetch-dest", "serviceworker")], worker),
        (default, &[("service-worker", "script")], worker),
        (default, &[("sec-fetch-dest", "script"), ("service-worker", "script")], worker),
        (any_destination, &[("sec-fetch-dest", "document")], None),
        (any_destination, &[("sec-fetch-dest", "serviceworker")], worker),
        (any_destination, &[("service-worker", "script")], worker),
        (any_destination, &[("cookie", "s=1")], credentials),
        (default, &[("cookie", "s=1")], credentials),
        (default, &[("authorization", "Basic eDp5")], credentials),
        (default, &[("cookie", "s=1"), ("sec-fetch-site", "cross-site")], credentials),
        (default, &[("cookie", "s=1"), ("sec-fetch-site", "same-site")], credentials),
        (default, &[("cookie", "s=1"), ("sec-fetch-site", "none")], credentials),
        (default, &[("cookie", "s=1"), ("sec-fetch-site", "same-origin")], None),
        (default, &[("authorization", "x"), ("sec-fetch-site", "same-origin")], None),
        (
            default,
            &[
                ("cookie", "s=1"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-site", "same-origin"),
            ],
            credentials,
        ),
        (default, &[("cookie", "s=1"), ("referer", "https://api.example.com/")], credentials),
        (allow_credentials, &[("cookie", "s=1")], None),
        (allow_credentials, &[("authorization", "x"), ("sec-fetch-site", "cross-site")], None),
        (allow_credentials, &[("cookie", "s=1"), ("sec-fetch-dest", "document")], destination),
        (strip_credentials_, &[("cookie", "s=1")], None),
        (strip_credentials_, &[("sec-fetch-dest", "iframe")], destination),
        // Credentials are only stripped from wrapped requests, so this response is private.
        (strip_credentials_, &[("cookie", "s=1"), ("sec-fetch-dest", "iframe")], credentials),
        (strip_credentials_, &[("cookie", "s=1"), ("service-worker", "script")], credentials),
        (default, &[("cookie", "s=1"), ("sec-fetch-dest", "iframe")], credentials),
        (
            default,
            &[("cookie", "s=1"), ("sec-fetch-dest", "document"), ("sec-fetch-site", "same-origin")],
            destination,
        ),
    ] {
        let request = Request::get("https://api.example.com/data?callback=cb");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let expected = expected.map_or_else(|| wrapped("cb"), JsonpDecision::Withheld);
        let shown = format!("{:?} {headers:?}", config());
        assert_eq!(decide(&policy(config()), request), expected, "{shown}");
    }
}

// The error does not depend on credentials or metadata.
#[test]
fn malformed_callback_is_reported_first() {
    let request = Request::get("/?callback=a()").header("cookie", "s=1");
    let request = request.header("sec-fetch-dest", "document");
    let malformed = JsonpDecision::Malformed(CallbackError::Malformed);
    assert_eq!(decide(&JsonpPolicy::default(), request), malformed);
}

#[track_caller]
fn faults(config: JsonpConfig) -> JsonpConfigError {
    JsonpPolicy::new(config).unwrap_err()
}

#[test]
fn each_fault_has_its_setting_value_and_help() {
    let callbacks = |policy| JsonpConfig::new().callbacks(policy);
    let dangerous = FaultKind::Callback(CallbackError::Dangerous);
    let malformed = FaultKind::Callback(CallbackError::Malformed);
    let too_long = "a".repeat(CALLBACK_BYTES);
    for (config, setting, value, kind, help) in [
        (
            JsonpConfig::new().parameters([""]),
            "parameters[0]",
            "",
            FaultKind::EmptyParameter,
            "\"callback\"",
        ),
        (
            callbacks(CallbackPolicy::OneOf(vec![])),
            "callbacks.one_of",
            "",
            FaultKind::NoCallbacks,
            "list a callback",
        ),
        (
            callbacks(CallbackPolicy::OneOf(vec!["show".into(), "show()".into()])),
            "callbacks.one_of[1]",
            "show()",
            malformed.clone(),
            "app.show[0]",
        ),
        (
            callbacks(CallbackPolicy::OneOf(vec!["window.setTimeout".into()])),
            "callbacks.one_of[0]",
            "window.setTimeout",
            dangerous.clone(),
            "a function that the page defines",
        ),
        (
            callbacks(CallbackPolicy::Prefix(String::new())),
            "callbacks.prefix",
            "",
            FaultKind::EmptyPrefix,
            "callbacks = \"identifier\"",
        ),
        (
            callbacks(CallbackPolicy::Prefix("cb[0]".into())),
            "callbacks.prefix",
            "cb[0]",
            malformed.clone(),
            "app.show[0]",
        ),
        (
            callbacks(CallbackPolicy::Prefix(too_long.clone())),
            "callbacks.prefix",
            &too_long,
            FaultKind::Callback(CallbackError::TooLong),
            "128 bytes",
        ),
        (
            callbacks(CallbackPolicy::Indexed("cb(".into())),
            "callbacks.indexed",
            "cb(",
            malformed.clone(),
            "app.show[0]",
        ),
        (
            JsonpConfig::new().file_name("a\"; filename=\"b.exe"),
            "file_name",
            "a\"; filename=\"b.exe",
            FaultKind::MalformedFileName,
            "f.txt",
        ),
        (JsonpConfig::new().file_name(""), "file_name", "", FaultKind::MalformedFileName, "f.txt"),
    ] {
        let error = faults(config);
        let [fault] = error.faults() else { panic!("{error}") };
        assert_eq!((fault.setting(), fault.value(), fault.kind()), (setting, value, &kind));
        assert!(fault.to_string().contains(help), "{fault}");
        assert!(error.to_string().starts_with("a fault in the JSONP configuration: "), "{error}");
    }
}

#[test]
fn config_with_faults_reports_all_of_them() {
    let names = vec!["a".into(), "1".into(), "class".into(), "b".into()];
    let config = JsonpConfig::new()
        .parameters([""])
        .parameters(["cb"])
        .parameters([""])
        .callbacks(CallbackPolicy::OneOf(names))
        .file_name("a/b");
    let error = faults(config);
    let settings: Vec<&str> = error.faults().iter().map(Fault::setting).collect();
    let expected = [
        "parameters[0]",
        "parameters[2]",
        "callbacks.one_of[1]",
        "callbacks.one_of[2]",
        "file_name",
    ];
    assert_eq!(settings, expected);
    assert_eq!(error.to_string().lines().count(), 6, "{error}");
    assert!(error.to_string().starts_with("5 faults"), "{error}");
}

#[test]
fn any_text_parses_without_panic_or_change() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let texts = prop_oneof![
        "[a-z$_.0-9\\[\\]]{0,12}",
        "[ -~]{0,20}",
        any::<String>(),
        "[a-z]{1,4}(\\[[0-9]{1,3}\\]){0,2}(\\.[a-z$]{1,5}){0,3}",
    ];
    let policies = [
        CallbackPolicy::default(),
        CallbackPolicy::Identifier,
        CallbackPolicy::Prefix("a".into()),
        CallbackPolicy::custom(|_| true),
    ]
    .map(policy_with);
    runner
        .run(&texts, |text| {
            let encoded: Vec<_> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let encoded = encoded.concat();
            for policy in &policies {
                if let JsonpDecision::Wrapped(callback) =
                    query(policy, &format!("callback={encoded}"))
                {
                    prop_assert_eq!(callback.as_str(), &text);
                    prop_assert_eq!(text.parse::<Callback>(), Ok(callback));
                }
            }
            Ok(())
        })
        .unwrap();
}
