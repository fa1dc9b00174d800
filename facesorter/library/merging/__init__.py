"""The decisions of another library brought in: matched, compared, carried out."""
