"""What models see: hidden demand filled in, the season taken out."""
