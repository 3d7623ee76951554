use super::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy, Embedding,
};

/// Presets, named after what they give.
impl Embedding {
    /// Documents that script finds `crossOriginIsolated`, so that there is a `SharedArrayBuffer` and clocks
    /// are exact: `Cross-Origin-Opener-Policy: same-origin` and
    /// `Cross-Origin-Embedder-Policy: require-corp`.
    ///
    /// What the page embeds of other origins must then say so, by CORS or by
    /// `Cross-Origin-Resource-Policy`; popups, such as those of a sign-in, lose their opener.
    ///
    /// ```
    /// # use tower_cross_origin::embedding::{Embedding, EmbeddingPolicy};
    /// let policy = EmbeddingPolicy::new(Embedding::cross_origin_isolated())?;
    /// assert!(policy.lints().is_empty());
    /// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
    /// ```
    pub fn cross_origin_isolated() -> Self {
        Self::isolated_with(CrossOriginEmbedderPolicy::RequireCorp)
    }

    /// As [`cross_origin_isolated`](Self::cross_origin_isolated), but what the page embeds of other origins
    /// need not say so: it is asked for without cookies. Safari does not know it, and has no isolation
    /// then.
    pub fn cross_origin_isolated_credentialless() -> Self {
        Self::isolated_with(CrossOriginEmbedderPolicy::Credentialless)
    }

    /// What every page may embed, those that are isolated too, and time: fonts, images, scripts for
    /// everyone. `Cross-Origin-Resource-Policy: cross-origin`, `Timing-Allow-Origin: *` and
    /// `X-Content-Type-Options: nosniff`.
    ///
    /// Pages read it by [`Rule::for_public_reading`](crate::cors::Rule::for_public_reading).
    pub fn public_asset() -> Self {
        Self::new()
            .resource_policy(CrossOriginResourcePolicy::CrossOrigin)
            .timing_for_any_origin()
            .nosniff()
    }

    /// What no page of another origin may embed: `Cross-Origin-Resource-Policy: same-origin` and
    /// `X-Content-Type-Options: nosniff`.
    ///
    /// Pages that a CORS policy allows read it all the same.
    pub fn private_api() -> Self {
        Self::new().resource_policy(CrossOriginResourcePolicy::SameOrigin).nosniff()
    }

    fn isolated_with(policy: CrossOriginEmbedderPolicy) -> Self {
        Self::new().opener_policy(CrossOriginOpenerPolicy::SameOrigin).embedder_policy(policy)
    }
}
