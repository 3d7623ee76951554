/// In the extensions of a response whose `Cross-Origin-Resource-Policy` stays as it is, whatever an
/// [`EmbeddingPolicy`](super::EmbeddingPolicy) around it says of others: it is a script or an image for pages of
/// other origins, and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourcePolicyStays;
