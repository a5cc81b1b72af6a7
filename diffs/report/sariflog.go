package report

// The objects of the format, by the names that it has for them, as far as
// lockfix has something to say in them.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Newlines    []string          `json:"newlineSequences"`
		Results     []sarifResult     `json:"results"`
		Taxonomies  []sarifComponent  `json:"taxonomies,omitempty"`
	}
	sarifTool struct {
		Driver sarifComponent `json:"driver"`
	}
	// A toolComponent is a tool or a taxonomy.
	sarifComponent struct {
		Name         string             `json:"name"`
		Organization string             `json:"organization,omitempty"`
		Version      string             `json:"version,omitempty"`
		URI          string             `json:"informationUri,omitempty"`
		Short        *sarifMessage      `json:"shortDescription,omitempty"`
		Rules        []sarifRule        `json:"rules,omitempty"`
		Taxa         []sarifRule        `json:"taxa,omitempty"`
		Taxonomies   []sarifTaxonomyRef `json:"supportedTaxonomies,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
)

// Rules and their places in a taxonomy.
type (
	// A reportingDescriptor is a rule or a taxon.
	sarifRule struct {
		ID            string               `json:"id"`
		Name          string               `json:"name,omitempty"`
		Aliases       []string             `json:"deprecatedIds,omitempty"`
		Short         *sarifMessage        `json:"shortDescription,omitempty"`
		Full          *sarifMessage        `json:"fullDescription,omitempty"`
		Help          *sarifMessage        `json:"help,omitempty"`
		HelpURI       string               `json:"helpUri,omitempty"`
		Default       *sarifConfiguration  `json:"defaultConfiguration,omitempty"`
		Relationships []sarifRelationship  `json:"relationships,omitempty"`
		Properties    *sarifRuleProperties `json:"properties,omitempty"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifRelationship struct {
		Target sarifTaxonRef `json:"target"`
		Kinds  []string      `json:"kinds"`
	}
	sarifTaxonRef struct {
		ID       string           `json:"id"`
		Taxonomy sarifTaxonomyRef `json:"toolComponent"`
	}
	sarifTaxonomyRef struct {
		Name string `json:"name"`
	}
	// GitHub reads these; its words for precision are those of a confidence.
	sarifRuleProperties struct {
		Precision string   `json:"precision,omitempty"`
		Tags      []string `json:"tags,omitempty"`
	}
)

// Results.
type (
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifMessage       `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Related      []sarifLocation    `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints,omitempty"`
		Taxa         []sarifTaxonRef    `json:"taxa,omitempty"`
		Fixes        []sarifFix         `json:"fixes,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Properties   sarifProperties    `json:"properties"`
	}
	sarifLocation struct {
		ID       int            `json:"id,omitempty"`
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
		Message  *sarifMessage  `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	// A region is half-open; a zero length is a place between characters.
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
	sarifProperties struct {
		Confidence    string `json:"confidence,omitempty"`
		Category      string `json:"category,omitempty"`
		FixStatus     string `json:"fixStatus,omitempty"`
		Applicability string `json:"applicability,omitempty"`
		Because       string `json:"because,omitempty"`
	}
)

// Fixes.
type (
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted sarifContent `json:"insertedContent"`
	}
	sarifContent struct {
		Text string `json:"text"`
	}
)
