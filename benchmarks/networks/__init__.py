"""Networks as they are published, the activation an argument: what each method keeps and costs."""
