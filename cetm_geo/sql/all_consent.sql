-- What is recorded of communities' consent, by title and territory?
-- params: site_ids: list of them, or left out: all
-- columns: those of tables.CONSENT
SELECT consent.*
FROM consent
WHERE $site_ids IS NULL OR consent.site_id IN (SELECT unnest($site_ids::VARCHAR[]))
ORDER BY consent.rowid
