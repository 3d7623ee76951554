use rusqlite::{Connection, OptionalExtension, Result, params};

/// The tenants and their origins in `SQLite`.
pub(crate) struct Store {
    connection: Connection,
    /// The version of the data that [`Self::has_other_changes`] has returned last.
    version: i64,
}

impl Store {
    /// Opens a database, and creates its tables if they are missing.
    pub(crate) fn open(file: &str) -> Result<Self> {
        Self::new(Connection::open(file)?)
    }

    /// Creates a database in memory with tenants and their keys.
    pub(crate) fn in_memory(tenants: &[(&str, &str)]) -> Result<Self> {
        let store = Self::new(Connection::open_in_memory()?)?;
        for (tenant, key) in tenants {
            store.add_tenant(tenant, key)?;
        }
        Ok(store)
    }

    fn new(connection: Connection) -> Result<Self> {
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS tenants (name TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS origins (
                 tenant TEXT NOT NULL REFERENCES tenants (name),
                 origin TEXT NOT NULL,
                 PRIMARY KEY (tenant, origin)
             ) STRICT;",
        )?;
        let mut store = Self { connection, version: 0 };
        store.has_other_changes()?;
        Ok(store)
    }

    pub(crate) fn add_tenant(&self, tenant: &str, key: &str) -> Result<()> {
        let sql = "INSERT INTO tenants (name, key) VALUES (?1, ?2)";
        self.connection.execute(sql, params![tenant, key]).map(drop)
    }

    /// Returns whether the tenant exists and has this key.
    pub(crate) fn is_key(&self, tenant: &str, key: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM tenants WHERE name = ?1 AND key = ?2";
        let row = self.connection.query_row(sql, params![tenant, key], |_| Ok(()));
        Ok(row.optional()?.is_some())
    }

    /// Returns each tenant with each of its origins.
    pub(crate) fn origins(&self) -> Result<Vec<(String, String)>> {
        let mut statement = self.connection.prepare("SELECT tenant, origin FROM origins")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    pub(crate) fn insert(&self, tenant: &str, origin: &str) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO origins (tenant, origin) VALUES (?1, ?2)";
        self.connection.execute(sql, params![tenant, origin]).map(drop)
    }

    pub(crate) fn delete(&self, tenant: &str, origin: &str) -> Result<()> {
        let sql = "DELETE FROM origins WHERE tenant = ?1 AND origin = ?2";
        self.connection.execute(sql, params![tenant, origin]).map(drop)
    }

    /// Returns whether another connection changed the data after the last call.
    ///
    /// <https://www.sqlite.org/pragma.html#pragma_data_version>
    pub(crate) fn has_other_changes(&mut self) -> Result<bool> {
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}
