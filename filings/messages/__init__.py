"""Messages as tables: catalogue, documents, XML, JSON, schemas and the structural check. Plain Python."""
