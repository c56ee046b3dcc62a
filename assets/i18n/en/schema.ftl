schema-at = Line { $line }, column { $column }: { $words }
schema-element = { $path } does not fit libvirt’s schema: it does not belong here, what is in it is wrong, or something is missing in it
schema-attribute = { $path }: attribute “{ $name }” does not fit libvirt’s schema: it does not belong here, or its value is wrong
schema-missing = { $path } has no “{ $name }”, which libvirt’s schema needs
schema-words = { $path }: libvirt says: { $words }
schema-not-asked = libvirt’s schema could not be asked: { $words }
