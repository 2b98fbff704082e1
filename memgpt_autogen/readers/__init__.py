"""Documents: files of many kinds, read as a stream of sections that know their page and heading."""
