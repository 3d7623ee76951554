//! From a configuration to header lines, with every fault and lint on the way.

use std::sync::Arc;

use super::{
    CROSS_ORIGIN_RESOURCE_POLICY, CrossOriginEmbedderPolicy as Embedder,
    CrossOriginOpenerPolicy as Opener, DocumentIsolationPolicy as Isolation, Embedding,
    EmbeddingConfigError, Fault, FaultKind, Lint, LintKind, Reported, UpstreamHeaders,
    compiled::{Compiled, Headers, Line},
    config::TimingAllowOrigin,
    endpoints,
    upstream::Known,
};
use crate::origin::{MemberFault, NamedOrigins, OriginSet, ParsedPattern, list_name};

/// `lists` are those that origins may name.
pub(super) fn policy(
    embedding: &Embedding,
    lists: &NamedOrigins,
) -> Result<Compiled, EmbeddingConfigError> {
    let mut compiling =
        Compiling { embedding, lists, lines: Vec::new(), faults: Vec::new(), lints: Vec::new() };
    if *embedding == Embedding::new().upstream_headers(embedding.upstream_headers) {
        compiling.faults.push(Fault::new("embedding", "", FaultKind::NoHeaders));
    }
    if let Some(policy) = embedding.resource_policy {
        let name = CROSS_ORIGIN_RESOURCE_POLICY;
        compiling.line(name.as_str(), policy.as_str(), Known::ResourcePolicy);
    }
    compiling.policies_of_documents();
    if let Some(cluster) = embedding.origin_agent_cluster {
        compiling.line("origin-agent-cluster", cluster.as_str(), Known::AgentCluster);
    }
    let timing = compiling.timing();
    compiling.faults.extend(endpoints::faults(&embedding.reporting_endpoints));
    if !embedding.reporting_endpoints.is_empty() {
        let value = endpoints::value(&embedding.reporting_endpoints);
        compiling.line("reporting-endpoints", &value, Known::Endpoints);
    }
    if embedding.nosniff {
        compiling.line("x-content-type-options", "nosniff", Known::Nosniff);
    }
    if !compiling.faults.is_empty() {
        return Err(EmbeddingConfigError::new(compiling.faults));
    }
    let headers = Headers {
        lines: compiling.lines.into(),
        is_timed: timing.is_some(),
        keeps_upstream: embedding.upstream_headers == UpstreamHeaders::Keep,
    };
    Ok(Compiled { headers: Arc::new(headers), timing, lints: compiling.lints.into() })
}

struct Compiling<'a> {
    embedding: &'a Embedding,
    lists: &'a NamedOrigins,
    lines: Vec<Line>,
    faults: Vec<Fault>,
    lints: Vec<Lint>,
}

impl Compiling<'_> {
    /// What was written with a fault may be no line.
    fn line(&mut self, name: &str, value: &str, known: Known) {
        self.lines.extend(Line::new(name, value, known));
    }

    fn policies_of_documents(&mut self) {
        let embedding = self.embedding;
        let (opener, embedder) =
            (embedding.opener_policy.as_ref(), embedding.embedder_policy.as_ref());
        let isolation = embedding.document_isolation_policy.as_ref();

        self.enforced(OPENER, opener, Opener::as_str);
        let report_only = embedding.opener_policy_report_only.as_ref();
        if let Some(Opener::NoopenerAllowPopups) = report_only.map(Reported::policy) {
            let value = Opener::NoopenerAllowPopups.as_str();
            self.faults.push(Fault::new(
                "opener_policy_report_only",
                value,
                FaultKind::NoopenerReportOnly,
            ));
        }
        self.report_only(OPENER, report_only, Opener::as_str);

        self.enforced(EMBEDDER, embedder, Embedder::as_str);
        let is_opener_isolated = opener.map(Reported::policy) == Some(Opener::SameOrigin);
        if let Some(policy) = embedder.map(Reported::policy).filter(|policy| policy.isolates()) {
            if !is_opener_isolated {
                let lint = Lint::new("embedder_policy", policy.as_str(), LintKind::NotIsolated);
                self.lints.push(lint);
            }
        }
        let report_only = embedding.embedder_policy_report_only.as_ref();
        self.report_only(EMBEDDER, report_only, Embedder::as_str);

        self.enforced(ISOLATION, isolation, Isolation::as_str);
        let report_only = embedding.document_isolation_policy_report_only.as_ref();
        self.report_only(ISOLATION, report_only, Isolation::as_str);
    }

    fn enforced<P: Copy>(
        &mut self,
        Header { setting, name, known }: Header,
        written: Option<&Reported<P>>,
        as_str: fn(P) -> &'static str,
    ) {
        if let Some(written) = written {
            let value = self.value(setting, written, as_str);
            self.line(name, &value, known);
        }
    }

    fn report_only<P: Copy>(
        &mut self,
        Header { setting, name, known }: Header,
        written: Option<&Reported<P>>,
        as_str: fn(P) -> &'static str,
    ) {
        let Some(written) = written else { return };
        let setting = format!("{setting}_report_only");
        if written.endpoint().is_none() {
            let policy = as_str(written.policy());
            self.lints.push(Lint::new(&setting, policy, LintKind::ReportedToNobody));
        }
        let value = self.value(&setting, written, as_str);
        self.line(&format!("{name}-report-only"), &value, known);
    }

    /// An item with a parameter. An endpoint's name needs no escapes where it is without a fault.
    /// <https://www.rfc-editor.org/rfc/rfc9651#section-4.1.3>
    fn value<P: Copy>(
        &mut self,
        setting: &str,
        written: &Reported<P>,
        as_str: fn(P) -> &'static str,
    ) -> String {
        let policy = as_str(written.policy());
        let Some(endpoint) = written.endpoint() else { return policy.to_owned() };
        if !self.embedding.reporting_endpoints.iter().any(|(name, _)| name == endpoint) {
            let setting = format!("{setting}.report_to");
            self.faults.push(Fault::new(setting, endpoint, FaultKind::UnknownEndpoint));
        }
        format!("{policy}; report-to=\"{endpoint}\"")
    }

    /// A line, where it is the same whoever asks; the origins, where it is not.
    fn timing(&mut self) -> Option<OriginSet> {
        match self.embedding.timing_allow_origin.as_ref()? {
            TimingAllowOrigin::Any => {
                self.line(TIMING, "*", Known::Timing);
                None
            }
            TimingAllowOrigin::OfWhoAsks(origins) => Some(self.of_who_asks(origins.clone())),
            TimingAllowOrigin::WrittenOfWhoAsks(written) => {
                let mut faults = Vec::new();
                let origins = self.lists.set_of(written, |index, text, fault| {
                    let setting = format!("{TIMING_SETTING}.who_asks[{index}]");
                    faults.push(Fault::of_member(setting, text, &fault));
                });
                // What has a fault is not empty.
                let is_read = faults.is_empty();
                self.faults.extend(faults);
                Some(if is_read { self.of_who_asks(origins) } else { origins })
            }
            TimingAllowOrigin::Listed(written) => {
                self.listed(written);
                None
            }
        }
    }

    fn of_who_asks(&mut self, origins: OriginSet) -> OriginSet {
        if origins.is_empty() {
            self.faults.push(Fault::new(TIMING_SETTING, "", FaultKind::NoOrigins));
        }
        origins
    }

    fn listed(&mut self, written: &[String]) {
        let lists = self.lists;
        let mut texts = Vec::new();
        for (index, text) in written.iter().enumerate() {
            let setting = || format!("{TIMING_SETTING}[{index}]");
            match list_name(text).map(|name| lists.get(name)) {
                Some(None) => {
                    let fault = Fault::of_member(setting(), text, &MemberFault::UnknownList);
                    self.faults.push(fault);
                }
                Some(Some(list)) => {
                    for (text, parts) in list.patterns() {
                        texts.push(text);
                        if !parts.is_exact() {
                            self.faults.push(Fault::new(setting(), text, FaultKind::NotOneOrigin));
                        }
                    }
                }
                None => {
                    texts.push(text);
                    self.faults.extend(one_origin(setting(), text));
                }
            }
        }
        if written.is_empty() {
            self.faults.push(Fault::new(TIMING_SETTING, "", FaultKind::NoOrigins));
        }
        self.line(TIMING, &texts.join(", "), Known::Timing);
    }
}

fn one_origin(setting: String, text: &str) -> Option<Fault> {
    match ParsedPattern::parse(text) {
        Ok(parts) if parts.is_exact() => None,
        Ok(_) => Some(Fault::new(setting, text, FaultKind::NotOneOrigin)),
        Err(error) => Some(Fault::of_member(setting, text, &MemberFault::Origin(error))),
    }
}

/// Of a policy of documents.
#[derive(Clone, Copy)]
struct Header {
    setting: &'static str,
    name: &'static str,
    known: Known,
}

const OPENER: Header = Header {
    setting: "opener_policy",
    name: "cross-origin-opener-policy",
    known: Known::OpenerPolicy,
};

const EMBEDDER: Header = Header {
    setting: "embedder_policy",
    name: "cross-origin-embedder-policy",
    known: Known::EmbedderPolicy,
};

const ISOLATION: Header = Header {
    setting: "document_isolation_policy",
    name: "document-isolation-policy",
    known: Known::IsolationPolicy,
};

const TIMING: &str = "timing-allow-origin";

const TIMING_SETTING: &str = "timing_allow_origin";
