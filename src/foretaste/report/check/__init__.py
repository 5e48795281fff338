"""What people and programs read of a check (`foretaste check`), each made from its dossier alone."""
