"""One module per format. Each is a program for `crm.kit.sandbox`: a document comes in, `report` goes out."""
